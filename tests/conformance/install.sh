# Installs the pinned tools into a folder outside the tree, once for each version of the pins.

say() { printf '\n== conformance: %s\n' "$*"; }

fail() {
    printf '\n!! conformance: %s\n' "$*" >&2
    exit 1
}

skipped() {
    printf '\n######## SKIPPED: %s ########\n' "$*" >&2
}

# Whether a registry can be reached decides between skipping and failing, so only that is tried:
# one look-up of one package, of no particular version.
install_python() {
    python=$tools/python/bin/python
    if cmp --silent "$here/requirements.txt" "$tools/python/installed"; then return; fi
    if ! command -v python3 >/dev/null; then
        skipped "there is no python3, so no schemathesis and no Python SDK"
        return 1
    fi
    if ! PIP_DEFAULT_TIMEOUT=20 python3 -m pip index --retries 0 versions schemathesis \
        >"$work/reachable.python"; then
        skipped "the Python registry cannot be reached, so no schemathesis and no Python SDK"
        return 1
    fi
    say "installing those from the Python registry"
    rm -rf "$tools/python"
    must python3 -m venv "$tools/python"
    must "$python" -m pip install --quiet --no-deps --requirement "$here/requirements.txt"
    must "$python" -m pip check
    cp "$here/requirements.txt" "$tools/python/installed"
}

install_node() {
    node_modules=$tools/node/node_modules
    if cmp --silent "$here/package-lock.json" "$tools/node/installed"; then return; fi
    if ! command -v npm >/dev/null; then
        skipped "there is no npm, so no Prism, no linters and no TypeScript SDK"
        return 1
    fi
    if ! npm view --fetch-retries=0 --fetch-timeout=20000 cloudflare version >"$work/reachable.npm"; then
        skipped "the npm registry cannot be reached, so no Prism, no linters and no TypeScript SDK"
        return 1
    fi
    say "installing those from the npm registry"
    rm -rf "$tools/node"
    mkdir -p "$tools/node"
    cp "$here/package.json" "$here/package-lock.json" "$tools/node"
    (cd "$tools/node" && must npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$here/package-lock.json" "$tools/node/installed"
}

# In a condition the shell does not stop at a failing command by itself.
must() {
    "$@" || fail "failed: $*"
}
