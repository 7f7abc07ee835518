# Static programs in images with nothing else. Targets: `cf-groups` (the default) and `sandbox`.
#
#   docker build -t cf-groups .
#   docker run --rm -e CLOUDFLARE_API_TOKEN -e CLOUDFLARE_ACCOUNT_ID cf-groups list
#   docker build -t user-groups-sandbox --target sandbox .

FROM rust:1-alpine AS build
RUN apk add --no-cache ca-certificates musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p cf-groups -p cloudflare-user-groups-sandbox

FROM scratch AS sandbox
COPY --from=build /src/LICENSE-APACHE /src/LICENSE-MIT /
COPY --from=build /src/target/release/user-groups-sandbox /
USER 65534:65534
ENTRYPOINT ["/user-groups-sandbox"]

FROM scratch AS cf-groups
# The roots that TLS trusts. An image that is
# built again has the current ones; others can be mounted, or named by SSL_CERT_FILE.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE-APACHE /src/LICENSE-MIT /
COPY --from=build /src/target/release/cf-groups /
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/cf-groups"]
