# Cloudflare's own SDKs work with the sandbox. They were made for the newer contract.

sdk_python() { "$python" "$here/sdk_python.py" "$1" "$token" "$root/sandbox/company.json"; }

sdk_typescript() {
    (cd "$tools/node" && node "$here/sdk_typescript.mjs" "$1" "$token" "$root/sandbox/company.json")
}

# SDK CONTRACT [FAULT]: one life cycle, on a sandbox of its own.
life_cycle() {
    fault sdk "${3:-}"
    start_sandbox sdk "$2" "$root/sandbox/company.json" --faults "$work/sdk.faults"
    "$1" "$url"
}

# SDK
check_with_sdk() {
    say "$1"
    life_cycle "$1" current
    stop_all
    rejects "one member where several are expected" "$2" life_cycle "$1" documented
    stop_all
    rejects "a list that ignores the page" "the list does not end" life_cycle "$1" current \
        '{"fault": "ignore_page"}'
    stop_all
    rejects "a list of members that repeats its last page" "the list does not end" \
        life_cycle "$1" current '{"operation": "account-user-group-member-list", "fault": "repeat_last_page"}'
    stop_all
}

check_with_sdks() {
    if $python_here; then
        check_with_sdk sdk_python APIResponseValidationError
    else
        skipped "the Python SDK"
    fi
    if $node_here; then
        check_with_sdk sdk_typescript "not iterable"
    else
        skipped "the TypeScript SDK"
    fi
}
