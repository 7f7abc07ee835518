# The proof that a tool can fail: something is broken on purpose, and it must be rejected.

# WHAT WORDS COMMAND…: the command must fail, and say these words.
rejects() {
    local what=$1 words=$2
    shift 2
    if "$@" >"$work/rejection" 2>&1; then
        fail "nothing rejected $what"
    fi
    if ! grep --quiet -- "$words" "$work/rejection"; then
        cat "$work/rejection"
        fail "it failed, but not because of $what: it does not say '$words'"
    fi
    echo "rejected: $what"
}

# NAME SED-SCRIPT: a copy of the spec with a change in it, as NAME.yaml.
broken_spec() {
    sed -E "$2" "$spec" >"$work/$1.yaml"
    if cmp --silent "$spec" "$work/$1.yaml"; then
        fail "the change that $1 needs changes nothing in the spec any more: $2"
    fi
}
