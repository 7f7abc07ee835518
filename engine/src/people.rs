//! Members of the groups in a file, and sets of them that are defined once and used by name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

use cloudflare_user_groups::MemberId;

use crate::diagnostic::{DiagnosticCollector, ID_FORM, LocatedText, Position};
use crate::reader::{Fields, check_repeated, list, text};
use crate::suggest::Suggestions;
use crate::yaml::{YamlNode, YamlValue};

/// How many members the sets can add to all groups of a file.
const MOST_MEMBERS: usize = 1_000_000;

/// The members of a group: those that the entry lists, and each set that it uses. A member can be
/// in several of them.
pub(crate) type MemberLists = Vec<Arc<Vec<LocatedText>>>;

/// The sets of members that a file defines.
#[derive(Default)]
pub(crate) struct People {
    sets: BTreeMap<String, (Position, Arc<Vec<LocatedText>>)>,
    /// How many members the groups have by sets so far.
    used: usize,
}

impl People {
    /// Adds the sets of a mapping of names to lists of members.
    pub(crate) fn define(&mut self, node: &YamlNode, diagnostics: &mut DiagnosticCollector) {
        let YamlValue::Mapping(pairs) = &node.value else {
            diagnostics.add(node.at, "`people` must be a mapping of names to lists", None);
            return;
        };
        for (name, members) in pairs {
            let Some(name) = text(name, "the name of a set", diagnostics) else { continue };
            let items = list(members, "a set", "members", diagnostics);
            let members = Arc::new(written(items.iter(), "a set", diagnostics));
            match self.sets.entry(name.text) {
                Entry::Vacant(entry) => {
                    entry.insert((name.at, members));
                }
                Entry::Occupied(entry) => {
                    let help = diagnostics.first_at(entry.get().0);
                    let problem = format!("duplicate set {:?}", entry.key());
                    diagnostics.add(name.at, problem, Some(help));
                }
            }
        }
    }

    /// Reads the members of a group.
    pub(crate) fn members(
        &mut self,
        node: &YamlNode,
        diagnostics: &mut DiagnosticCollector,
    ) -> MemberLists {
        let items = list(node, "`members`", "members", diagnostics);
        let is_set = |it: &&Rc<YamlNode>| matches!(it.value, YamlValue::Mapping(_));
        let (sets, members): (Vec<_>, Vec<_>) = items.iter().partition(is_set);
        let mut lists = vec![Arc::new(written(members.into_iter(), "`members`", diagnostics))];
        lists.extend(sets.into_iter().filter_map(|it| self.set(it, diagnostics)));
        lists
    }

    fn set(
        &mut self,
        node: &YamlNode,
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<Arc<Vec<LocatedText>>> {
        let mut fields = Fields::of(node, "a set of members", &["people"], diagnostics)?;
        let name = text(fields.required("people", diagnostics)?, "`people`", diagnostics)?;
        let Some((_, set)) = self.sets.get(&name.text) else {
            let help = Suggestions::of(self.sets.keys().cloned()).did_you_mean(&name.text);
            diagnostics.add(name.at, format!("`people` has no set {:?}", name.text), help);
            return None;
        };
        self.used = self.used.saturating_add(set.len());
        if self.used > MOST_MEMBERS {
            let problem = format!("the sets add more than {MOST_MEMBERS} members to groups");
            diagnostics.add(name.at, problem, None);
            return None;
        }
        Some(Arc::clone(set))
    }
}

/// Returns whether a text has the form of one email address.
pub(crate) fn is_address(text: &str) -> bool {
    let words = text.split_whitespace().filter(|it| it.contains('@'));
    words.count() == 1 && text.trim() == text && !text.contains(['<', '>', ',', ';'])
}

/// Reads members that are written as email addresses or ids.
fn written<'a>(
    items: impl Iterator<Item = &'a Rc<YamlNode>>,
    what: &str,
    diagnostics: &mut DiagnosticCollector,
) -> Vec<LocatedText> {
    let what = format!("an item of {what}");
    let mut members: Vec<_> = items.filter_map(|it| text(it, &what, diagnostics)).collect();
    members.shrink_to_fit();
    for LocatedText { text, at } in &members {
        if !is_address(text) && MemberId::new(&**text).is_err() {
            let problem = format!("{text:?} is neither an email address nor an id");
            let alone = "write one address alone in an item";
            let help = if text.contains('@') { alone } else { ID_FORM };
            diagnostics.add(*at, problem, Some(help.to_owned()));
        }
    }
    check_repeated(&members, |text| text.to_lowercase(), diagnostics);
    members
}
