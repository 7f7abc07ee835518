//! How connections are secured.

use reqwest::ClientBuilder;

use crate::error::{Error, Result};

/// The TLS settings of an HTTP client, which can be used for several.
#[derive(Clone)]
pub(crate) struct Tls(Backend);

/// A certificate chain and its private key, as PEM.
#[cfg_attr(not(any(feature = "rustls", feature = "native-tls")), allow(dead_code))]
pub(crate) struct ClientCertificate {
    pub(crate) certificates: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

#[cfg(feature = "rustls")]
type Backend = rustls::ClientConfig;
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
type Backend = (Vec<reqwest::Certificate>, Option<reqwest::Identity>);
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
type Backend = ();

/// With rustls: the cryptography that the program installed as its default, otherwise ring; the
/// certificates that the operating system trusts, and those given.
#[cfg(feature = "rustls")]
impl Tls {
    pub(crate) fn new(extra_roots: &[Vec<u8>], own: Option<&ClientCertificate>) -> Result<Self> {
        use std::sync::Arc;

        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use rustls_platform_verifier::Verifier;

        let roots = certificates(extra_roots, |pem| CertificateDer::pem_slice_iter(pem).collect())?;
        let verifier = Verifier::new_with_extra_roots(roots, provider()).map_err(|error| {
            Error::invalid("the trusted certificates cannot be read").caused_by(error)
        })?;
        let config = config()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match own {
            None => config.with_no_client_auth(),
            Some(ClientCertificate { certificates: pem, key }) => {
                let read = |pem: &[u8]| CertificateDer::pem_slice_iter(pem).collect();
                let chain = certificates(std::slice::from_ref(pem), read)?;
                // What is read is not repeated: it is a private key.
                let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
                    Error::invalid("the key of the client certificate cannot be read")
                })?;
                config.with_client_auth_cert(chain, key).map_err(|error| {
                    Error::invalid("the client certificate cannot be used").caused_by(error)
                })?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(config))
    }

    /// For a client of plain http: reqwest panics without TLS settings.
    pub(crate) fn none() -> Result<Self> {
        let trusted = rustls::RootCertStore::empty();
        Ok(Self(config()?.with_root_certificates(trusted).with_no_client_auth()))
    }

    pub(crate) fn configure(&self, http: ClientBuilder) -> ClientBuilder {
        http.tls_backend_preconfigured(self.0.clone())
    }
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
fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    use rustls::crypto::{CryptoProvider, ring};

    let installed = CryptoProvider::get_default().cloned();
    installed.unwrap_or_else(|| std::sync::Arc::new(ring::default_provider()))
}

/// With the TLS of the operating system.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
impl Tls {
    pub(crate) fn new(extra_roots: &[Vec<u8>], own: Option<&ClientCertificate>) -> Result<Self> {
        let roots = certificates(extra_roots, reqwest::Certificate::from_pem_bundle)?;
        let own = own.map(|ClientCertificate { certificates, key }| {
            reqwest::Identity::from_pkcs8_pem(certificates, key)
                .map_err(|_| Error::invalid("the client certificate cannot be read"))
        });
        Ok(Self((roots, own.transpose()?)))
    }

    pub(crate) fn none() -> Result<Self> {
        Ok(Self((Vec::new(), None)))
    }

    pub(crate) fn configure(&self, http: ClientBuilder) -> ClientBuilder {
        let (roots, own) = self.0.clone();
        let http = http.tls_certs_merge(roots);
        match own {
            Some(own) => http.identity(own),
            None => http,
        }
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
impl Tls {
    pub(crate) fn new(_: &[Vec<u8>], _: Option<&ClientCertificate>) -> Result<Self> {
        Err(Error::invalid("https needs one of this crate's features `rustls` and `native-tls`"))
    }

    pub(crate) fn none() -> Result<Self> {
        Ok(Self(()))
    }

    pub(crate) fn configure(&self, http: ClientBuilder) -> ClientBuilder {
        http
    }
}

/// The certificates in all of the PEM given; each must contain at least one.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn certificates<C, E: std::error::Error + Send + Sync + 'static>(
    all: &[Vec<u8>],
    read: impl Fn(&[u8]) -> Result<Vec<C>, E>,
) -> Result<Vec<C>> {
    let mut certificates = Vec::new();
    for pem in all {
        let some = read(pem)
            .map_err(|error| Error::invalid("a certificate cannot be read").caused_by(error))?;
        if some.is_empty() {
            return Err(Error::invalid("there is no certificate in the PEM given"));
        }
        certificates.extend(some);
    }
    Ok(certificates)
}
