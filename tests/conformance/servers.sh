# Starts and stops the servers that the tools send requests to.

account=eb78d65290b24279ba6f44721b3ea3c4
token=conformance-token
email=conformance@example.com
key=conformance-key

# NAME COMMAND…: starts a server, waits until it prints its address, and sets `url` to it. Its
# output goes to NAME.out.
start() {
    local name=$1
    shift
    : >"$work/$name.out" # or the address of an earlier one would be read
    "$@" >"$work/$name.out" 2>&1 &
    local server=$!
    started+=("$server")
    for _ in $(seq 300); do
        url=$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$work/$name.out")
        if [ -n "$url" ]; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/$name.out"
    fail "$name did not start"
}

# NAME CONTRACT SEED [ARGUMENT…]: starts a sandbox. It writes its requests to NAME.log.
start_sandbox() {
    local name=$1 contract=$2 seed=$3
    shift 3
    start "$name" "$binaries/user-groups-sandbox" --account "$account" --token "$token" \
        --email "$email" --key "$key" --contract "$contract" --seed "$seed" \
        --log "$work/$name.log" "$@"
}

# NAME FAULT: writes a file of faults with this one, for a sandbox that must fail.
fault() {
    printf '{"faults": [%s]}' "$2" >"$work/$1.faults"
}

requests() { wc -l <"$work/$1.log"; }

stop_all() {
    local server
    for server in "${started[@]}"; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    started=()
}
