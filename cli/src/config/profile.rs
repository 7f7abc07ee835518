//! The config file with its named profiles.

use std::path::{Path, PathBuf};

use cf_groups_engine::Suggestions;

use super::read_text;
use crate::exit::{CommandError, Result};

/// The profile that supplies what flags and environment leave out.
const DEFAULT_PROFILE: &str = "default";

/// An account and how to reach it.
#[derive(Clone, Default)]
pub(crate) struct Profile {
    pub(crate) account_id: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) email: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) base_url: Option<String>,
    /// The Redis servers of the shared rate limit and of the locks.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "checked and not used"))]
    pub(crate) limit: Option<String>,
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "checked and not used"))]
    pub(crate) lock: Option<String>,
    /// Members and groups from which nothing is removed.
    pub(crate) protect: Vec<String>,
    /// Patterns of powerful permission groups.
    pub(crate) powerful: Vec<String>,
}

/// The default path of the config file, in the XDG config directory or, on Windows, `%APPDATA%`.
pub(crate) fn default_path() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_CONFIG_HOME").or_else(|| match cfg!(windows) {
        true => set("APPDATA"),
        false => Some(set("HOME")?.join(".config")),
    })?;
    Some(base.join("cf-groups").join("config.toml"))
}

/// The names of the profiles in a file, as far as it can be read.
pub(crate) fn names(path: &Path) -> Vec<String> {
    let file = read_text(path).ok().and_then(|text| text.parse::<toml::Table>().ok());
    match file.as_ref().and_then(|file| file.get("profiles")) {
        Some(toml::Value::Table(profiles)) => profiles.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Reads the profile of this name from the file; without a name "default", if there is one.
pub(crate) fn read(path: &Path, name: Option<&str>) -> Result<Profile> {
    let shown = path.display();
    let text = read_text(path).map_err(|problem| {
        CommandError::failed(format!("cannot read config file {shown}: {problem}"))
    })?;
    // Messages must not quote the file, which may contain a secret.
    let wrong = |problem: String| CommandError::failed(format!("config file {shown}: {problem}"));
    let mut file: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        wrong(format!("{} is not valid TOML", place(&text, &error)))
    })?;
    let profiles = match file.remove("profiles") {
        Some(toml::Value::Table(profiles)) => profiles,
        None if file.is_empty() => toml::Table::new(),
        _ => return Err(wrong("expected tables like [profiles.default]".to_owned())),
    };
    if let Some(key) = file.keys().next() {
        return Err(wrong(format!("unknown key {key:?} (expected [profiles.NAME])")));
    }
    if name.is_none() && !profiles.contains_key(DEFAULT_PROFILE) {
        return Ok(Profile::default());
    }
    let name = name.unwrap_or(DEFAULT_PROFILE);
    let profile = profiles.get(name).and_then(toml::Value::as_table).ok_or_else(|| {
        let guess = Suggestions::of(profiles.keys().cloned())
            .did_you_mean(name)
            .map(|hint| format!("; {hint}"))
            .unwrap_or_default();
        wrong(format!("no profile {name:?}{guess}"))
    })?;
    let mut profile = Profile::from_table(profile)
        .map_err(|problem| wrong(format!("profile {name:?}: {problem}")))?;
    if let (Some(file), Some(directory)) = (&mut profile.token_file, path.parent()) {
        *file = directory.join(&file);
    }
    if holds_secret(&profiles) {
        refuse_if_others_can_read(path)?;
    }
    Ok(profile)
}

impl Profile {
    fn from_table(table: &toml::Table) -> Result<Self, String> {
        let mut profile = Self::default();
        for (key, value) in table {
            let text = || {
                let text = value.as_str().map(str::to_owned);
                text.map(Some).ok_or_else(|| format!("`{key}` must be a string"))
            };
            let list =
                || strings(value).ok_or_else(|| format!("`{key}` must be a list of strings"));
            match key.as_str() {
                "account_id" => profile.account_id = text()?,
                "token" => profile.token = text()?,
                "token_file" => profile.token_file = text()?.map(PathBuf::from),
                "email" => profile.email = text()?,
                "key" => profile.key = text()?,
                "base_url" => profile.base_url = text()?,
                "limit" => profile.limit = text()?,
                "lock" => profile.lock = text()?,
                "protect" => profile.protect = list()?,
                "powerful" => profile.powerful = list()?,
                _ => {
                    return Err(format!(
                        "unknown key {key:?} (expected account_id, token, token_file, email, key, \
                         base_url, limit, lock, protect or powerful)"
                    ));
                }
            }
        }
        let ways = [profile.token.is_some(), profile.token_file.is_some(), profile.key.is_some()];
        if ways.iter().filter(|given| **given).count() > 1 {
            return Err("only one of token, token_file and key is allowed".to_owned());
        }
        if profile.email.is_some() != profile.key.is_some() {
            return Err("set both email and key".to_owned());
        }
        Ok(profile)
    }
}

fn strings(value: &toml::Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn holds_secret(profiles: &toml::Table) -> bool {
    let password = |table: &toml::Table, key| {
        table.get(key).and_then(toml::Value::as_str).is_some_and(|url| url.contains('@'))
    };
    let secret = |table: &toml::Table| {
        let redis = password(table, "limit") || password(table, "lock");
        table.contains_key("token") || table.contains_key("key") || redis
    };
    profiles.values().filter_map(toml::Value::as_table).any(secret)
}

fn place(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    format!("line {line}")
}

fn refuse_if_others_can_read(path: &Path) -> Result<()> {
    if others_can_read(path) {
        let shown = path.display();
        return Err(CommandError::failed(format!(
            "config file {shown} contains credentials but is readable by other users; run: chmod 600 \
             {shown}"
        )));
    }
    Ok(())
}

/// Returns whether users other than the owner can read or change the file.
#[cfg(unix)]
pub(crate) fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.mode() & 0o077 != 0)
}

/// Only Unix modes are checked.
#[cfg(not(unix))]
pub(crate) fn others_can_read(_: &Path) -> bool {
    false
}
