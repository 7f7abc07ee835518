//! How connections are secured.

#[cfg(feature = "rustls")]
use std::sync::Arc;

use reqwest::ClientBuilder;
#[cfg(feature = "rustls")]
use rustls::crypto::{CryptoProvider, ring};

use crate::error::{Error, Result};

/// With rustls: the cryptography that the program installed as its default, or else ring; the
/// certificates that the operating system trusts, and those given.
#[cfg(feature = "rustls")]
pub(crate) fn set_up(http: ClientBuilder, extra_roots: &[Vec<u8>]) -> Result<ClientBuilder> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use rustls_platform_verifier::Verifier;

    let roots = certificates(extra_roots, |pem| CertificateDer::pem_slice_iter(pem).collect())?;
    let verifier = Verifier::new_with_extra_roots(roots, provider()).map_err(|error| {
        Error::invalid("the trusted certificates cannot be read").caused_by(error)
    })?;
    let mut config = config()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(http.tls_backend_preconfigured(config))
}

/// The certificates in all of the PEM given; each must hold one at least.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn certificates<C, E: std::error::Error>(
    all: &[Vec<u8>],
    read: impl Fn(&[u8]) -> Result<Vec<C>, E>,
) -> Result<Vec<C>> {
    let mut certificates = Vec::new();
    for pem in all {
        let some = read(pem).map_err(|error| {
            Error::invalid("a root certificate cannot be read").caused_by(error)
        })?;
        if some.is_empty() {
            return Err(Error::invalid("there is no root certificate in the PEM given"));
        }
        certificates.extend(some);
    }
    Ok(certificates)
}

/// For a client that speaks plain http: reqwest wants to be given TLS all the same, or it panics.
#[cfg(feature = "rustls")]
pub(crate) fn set_up_none(http: ClientBuilder) -> Result<ClientBuilder> {
    let trusted = rustls::RootCertStore::empty();
    let config = config()?.with_root_certificates(trusted).with_no_client_auth();
    Ok(http.tls_backend_preconfigured(config))
}

#[cfg(not(feature = "rustls"))]
pub(crate) fn set_up_none(http: ClientBuilder) -> Result<ClientBuilder> {
    Ok(http)
}

#[cfg(feature = "rustls")]
fn config() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>> {
    rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            Error::invalid("the cryptography provider cannot be used").caused_by(error)
        })
}

#[cfg(feature = "rustls")]
fn provider() -> Arc<CryptoProvider> {
    let installed = CryptoProvider::get_default().cloned();
    installed.unwrap_or_else(|| Arc::new(ring::default_provider()))
}

/// With the operating system's TLS.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(crate) fn set_up(http: ClientBuilder, extra_roots: &[Vec<u8>]) -> Result<ClientBuilder> {
    let roots = certificates(extra_roots, reqwest::Certificate::from_pem_bundle)?;
    Ok(http.tls_certs_merge(roots))
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn set_up(_: ClientBuilder, _: &[Vec<u8>]) -> Result<ClientBuilder> {
    Err(Error::invalid("https needs one of this crate's features `rustls` and `native-tls`"))
}
