//! todo
use crate::document::Unusable;
pub(crate) fn run(_: Option<&str>) -> Result<(String, bool), Unusable> {
    Ok((String::new(), true))
}
