# The proof that a judge can object: something is broken on purpose, and it has to.

# WHAT WORDS COMMAND…: the command must fail, and say these words.
objects() {
    local what=$1 words=$2
    shift 2
    if "$@" >"$work/objection" 2>&1; then
        fail "nobody objected to $what"
    fi
    if ! grep --quiet -- "$words" "$work/objection"; then
        cat "$work/objection"
        fail "it failed, but not because of $what: it does not say '$words'"
    fi
    echo "objected to: $what"
}

# NAME SED-SCRIPT: a copy of the spec with a change in it, as NAME.yaml.
broken_spec() {
    sed -E "$2" "$spec" >"$work/$1.yaml"
    if cmp --silent "$spec" "$work/$1.yaml"; then
        fail "the change that $1 needs changes nothing in the spec any more: $2"
    fi
}
