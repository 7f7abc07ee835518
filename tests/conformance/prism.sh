# Prism stands between the client and the spec as a mock, and between client and sandbox as a proxy.

prism() { start "$1" "$node_modules/.bin/prism" "${@:2}" --port 0; }

# URL [ARGUMENT]: the client runs every operation, with either kind of credential.
client() {
    local common=(CLOUDFLARE_BASE_URL="$1" CLOUDFLARE_ACCOUNT_ID="$account")
    env -u CLOUDFLARE_API_TOKEN -u CLOUDFLARE_EMAIL -u CLOUDFLARE_API_KEY "${common[@]}" \
        CLOUDFLARE_API_TOKEN="$token" "$binaries/examples/conformance_client" "${@:2}" || return
    env -u CLOUDFLARE_API_TOKEN -u CLOUDFLARE_EMAIL -u CLOUDFLARE_API_KEY "${common[@]}" \
        CLOUDFLARE_EMAIL="$email" CLOUDFLARE_API_KEY="$key" "$binaries/examples/conformance_client" "${@:2}"
}

# NAME: fails if the Prism of that name has seen a request or a response that does not fit.
no_violation() {
    local received
    received=$(grep --count 'Request received' "$work/$1.out" || true)
    if grep -i 'violation' "$work/$1.out" || [ "$received" -eq 0 ]; then return 1; fi
    echo "requests: $received"
}

# URL [ARGUMENT]: as `client`, through the proxy `proxy`, which only logs violations.
client_through_proxy() {
    client "$@" && no_violation proxy
}

start_proxy() {
    start_sandbox proxied current "$root/sandbox/company.json" "${@:2}"
    prism proxy proxy "$1" "$url"
}

# WHAT WORDS SED-SCRIPT: has Prism serve something else than what the client was written for.
mock_rejects() {
    broken_spec other "$3"
    prism other-mock mock "$work/other.yaml"
    rejects "$1" "$2" client "$url" mock
    stop_all
}

# WHAT WORDS SED-SCRIPT: has the proxy expect something else than what goes over the wire.
proxy_rejects() {
    broken_spec other "$3"
    start_proxy "$work/other.yaml"
    rejects "$1" "$2" client_through_proxy "$url" refusals
    stop_all
}

check_with_prism() {
    if ! $node_here; then
        skipped "Prism"
        return
    fi
    say "Prism as a mock, and the client"
    prism mock mock "$spec"
    client "$url" mock
    no_violation mock || fail "Prism found violations"
    stop_all
    mock_rejects "a query parameter out of bounds" "422" 's/maximum: 500/maximum: 400/'
    mock_rejects "a body with an unknown field" "422" '/^    MemberRef:/,/example/ s/\[id\]/[id, email]/'
    mock_rejects "an unknown path" "404" 's/user_groups:$/user_group_lists:/'

    say "Prism as a proxy between the client and the sandbox"
    start_proxy "$spec"
    client_through_proxy "$url" refusals || fail "Prism found violations"
    stop_all
    proxy_rejects "a response without a required field" "Violation: response.body" \
        '/^    Member:/,/example/ s/\[id\]/[id, role]/'
    proxy_rejects "a refusal without a required field" "Violation: response.body" \
        '/^    FailureResponse:/,/properties/ s/\[success,/[success, reason,/'
    proxy_rejects "a request out of bounds" "Violation: request.query" 's/maximum: 500/maximum: 400/'
}
