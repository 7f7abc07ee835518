# schemathesis makes requests from the spec, and checks the responses of the sandbox.

# SPEC URL [ARGUMENT…]
schemathesis() {
    local spec=$1 url=$2
    shift 2
    "$tools/python/bin/st" --config-file "$here/schemathesis.toml" run "$spec" --url "$url" \
        --no-color "$@"
}

# CONTRACT SPEC EXAMPLES LINKS: a whole run with EXAMPLES examples for each operation, without
# a finding. Its stateful phase must follow at least LINKS links.
examine() {
    local contract=$1 spec=$2 examples=$3 links=$4 followed
    say "schemathesis, the sandbox in mode $contract"
    start_sandbox "schemathesis-$contract" "$contract" "$here/seed.json"
    if ! schemathesis "$spec" "$url" --checks all --max-examples "$examples" >"$work/$contract.out"; then
        cat "$work/$contract.out"
        fail "schemathesis has findings"
    fi
    grep -E '(Examples|Coverage|Fuzzing|Stateful) \(in|API Links|Scenarios|generated' "$work/$contract.out"
    echo "requests: $(requests "schemathesis-$contract")"
    followed=$(sed -nE 's/.*API Links: *([0-9]+) covered.*/\1/p' "$work/$contract.out")
    [ "${followed:-0}" -ge "$links" ] || fail "the stateful phase got nowhere: it followed ${followed:-no} links"
    stop_all
}

# WHAT WORDS FAULT [ARGUMENT…]: breaks the sandbox.
rejects_fault() {
    local what=$1 words=$2
    fault broken "$3"
    shift 3
    start_sandbox broken current "$here/seed.json" --faults "$work/broken.faults"
    rejects "$what" "$words" schemathesis "$spec" "$url" --no-shrink --max-examples 20 "$@"
    stop_all
}

# WHAT WORDS SED-SCRIPT [ARGUMENT…]: has the spec say something that the sandbox does not do.
rejects_spec() {
    local what=$1 words=$2
    broken_spec unkept "$3"
    shift 3
    start_sandbox unkept current "$here/seed.json"
    rejects "$what" "$words" schemathesis "$work/unkept.yaml" "$url" --no-shrink --max-examples 20 "$@"
    stop_all
}

check_with_schemathesis() {
    if ! $python_here; then
        skipped "schemathesis"
        return
    fi
    examine current "$spec" 40 35
    examine documented "$root/tests/fixtures/documented.yaml" 15 20
    say "schemathesis rejects what is broken on purpose"
    local one=(--phases coverage --include-operation-id)
    rejects_fault "a server error" "Server error" \
        '{"fault": {"status": {"code": 500}}}' "${one[@]}" account-user-group-list
    rejects_fault "a response in HTML" "Undocumented Content-Type" \
        '{"fault": {"content_type": {"value": "text/html"}}}' "${one[@]}" account-user-group-list
    rejects_fault "a field of another type" "Response violates schema" \
        '{"fault": {"status": {"code": 200, "body": {"json": {"success": "yes"}}}}}' \
        "${one[@]}" account-user-group-details
    rejects_fault "a response without credentials" "API accepts requests without authentication" \
        '{"fault": {"status": {"code": 200, "body": {"json": {"success": true}}}}}' \
        "${one[@]}" account-user-group-details
    rejects_fault "a group that is still there when it was removed" "Deleted resource still available" \
        '{"operation": "account-user-group-delete", "fault": {"status": {"code": 200, "body": {"json": {"success": true}}}}}' \
        --phases stateful --checks use_after_free --max-failures 1
    rejects_spec "a refusal of what the spec allows" "Schema-valid request rejected" \
        's/maximum: 500/maximum: 1000/' "${one[@]}" account-user-group-list
    rejects_spec "taking what the spec forbids" "Schema-violating request accepted" \
        's/maximum: 500/maximum: 400/' "${one[@]}" account-user-group-list
}
