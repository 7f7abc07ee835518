//! Edits lists in the text of a YAML file. All other bytes stay as they are.

use std::ops::Range;

use crate::layout::{Layout, Shape};

/// A new item: as lines of a block, and in flow style.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) block: String,
    pub(crate) flow: String,
}

/// Collects the edits of a text.
pub(crate) struct Editor<'a> {
    text: &'a str,
    newline: &'static str,
    /// Whether edits wait for those of a later round: edits of aliases, which can hold again after
    /// the edits of their anchors, and removals of anchors, which must not be left without them.
    late: bool,
    edits: Vec<(bool, Range<usize>, String)>,
}

impl<'a> Editor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text, newline, late: false, edits: Vec::new() }
    }

    /// Writes another scalar.
    pub(crate) fn change_scalar(&mut self, scalar: &Layout, with: String) {
        self.late = scalar.is_alias();
        self.replace(scalar.range.clone(), with);
    }

    /// Removes the items of a list that are not kept, and adds items at its end. A list that is
    /// empty, or an alias, is written again. `key` is the key of the list, if it has one.
    pub(crate) fn change_list(
        &mut self,
        key: Option<&Layout>,
        list: &Layout,
        keep: &[bool],
        add: &[Item],
    ) {
        if add.is_empty() && !keep.contains(&false) && !list.is_alias() {
            return;
        }
        let mut removed = list.items().iter().zip(keep).filter(|(_, keep)| !**keep);
        self.late = list.is_alias()
            || removed.any(|(it, _)| it.is_alias() || self.text[it.range.clone()].contains('&'));
        match &list.shape {
            Shape::List { flow: false, items } => self.change_block(key, list, items, keep, add),
            Shape::List { items, .. } if !items.is_empty() => {
                self.change_flow(list, items, keep, add);
            }
            _ => self.write_list(key, list, add),
        }
    }

    /// Returns the text after the edits that do not wait, or after all if there are no others.
    /// `None` without any. An edit inside of what another replaces is left for the next round.
    pub(crate) fn finish(mut self) -> Option<String> {
        self.edits.sort_by_key(|(late, range, _)| (*late, range.start, range.end));
        let first = self.edits.first()?.0;
        let (mut text, mut done) = (String::new(), 0);
        for (_, range, new) in self.edits.iter().filter(|(late, ..)| *late == first) {
            if let Some(between) = self.text.get(done..range.start) {
                text.extend([between, new]);
                done = range.end;
            }
        }
        Some(text + self.text.get(done..).unwrap_or_default())
    }

    fn replace(&mut self, range: Range<usize>, with: String) {
        self.edits.push((self.late, range, with));
    }

    fn change_block(
        &mut self,
        key: Option<&Layout>,
        list: &Layout,
        items: &[Layout],
        keep: &[bool],
        add: &[Item],
    ) {
        let lines: Vec<(Range<usize>, usize)> = items.iter().map(|it| self.item(it)).collect();
        let [(first, _), ..] = lines.as_slice() else { return };
        let [.., (last, indent)] = lines.as_slice() else { return };
        let removed = lines.iter().zip(keep).filter(|(_, keep)| !**keep);
        removed.for_each(|((lines, _), _)| self.replace(lines.clone(), String::new()));
        if add.is_empty() && !keep.contains(&true) {
            match key {
                Some(key) => self.insert(self.after_key(key, list), " []".to_owned()),
                None => self.insert(first.start, format!("[]{}", self.newline)),
            }
            return;
        }
        let before = &self.text[..last.start];
        let apart = lines.len() > 1 && (before.ends_with("\n\n") || before.ends_with("\n\r\n"));
        let gap = if apart { self.newline } else { "" };
        let mut new: String =
            add.iter().map(|it| format!("{gap}{}", self.block(*indent, it))).collect();
        if !new.is_empty() && !self.text[..last.end].ends_with('\n') {
            new.insert_str(0, self.newline);
        }
        self.insert(last.end, new);
    }

    /// Writes the items of a flow list with the separators that it has. A comment in it would be
    /// lost, so the list stays as it is then.
    fn change_flow(&mut self, list: &Layout, items: &[Layout], keep: &[bool], add: &[Item]) {
        let text = |it: &Layout| self.text[it.range.clone()].to_owned();
        let ([first, ..], [.., last]) = (items, items) else { return };
        let ends = [list.range.start].into_iter().chain(items.iter().map(|it| it.range.end));
        let starts = items.iter().map(|it| it.range.start).chain([list.range.end]);
        if ends.zip(starts).any(|(end, start)| self.text[end..start].contains('#')) {
            return;
        }
        let separator = match items {
            [one, two, ..] => &self.text[one.range.end..two.range.start],
            _ => ", ",
        };
        let kept = items.iter().zip(keep).filter(|(_, keep)| **keep).map(|(item, _)| text(item));
        let texts: Vec<String> = kept.chain(add.iter().map(|it| it.flow.clone())).collect();
        // A comma can follow the last item.
        let end = if texts.is_empty() { list.range.end - 1 } else { last.range.end };
        self.replace(first.range.start..end, texts.join(separator));
    }

    /// Writes a list in place of an empty one or an alias: as a block, if nothing follows.
    fn write_list(&mut self, key: Option<&Layout>, list: &Layout, items: &[Item]) {
        let end = list.range.end;
        let start = key.map_or(list.range.start, |key| self.after_key(key, list));
        let flow: Vec<&str> = items.iter().map(|it| &*it.flow).collect();
        let flow = format!("{}[{}]", if key.is_some() { " " } else { "" }, flow.join(", "));
        let before = |at| &self.text[self.line_start(at)..at];
        let indent = key.map(|key| before(key.range.start));
        let in_block = indent.is_none_or(|indent| indent.chars().all(|c| " -".contains(c)));
        let comment = self.text[end..self.line_end(end)].trim_end();
        let is_last = comment.trim_start().is_empty() || comment.trim_start().starts_with('#');
        if items.is_empty() || !in_block || !is_last {
            return self.replace(start..end, flow);
        }
        let (newline, width) = (self.newline, indent.map_or(0, |indent| indent.len() + 2));
        let lines: String = items.iter().map(|it| self.block(width, it)).collect();
        let lines = lines.strip_suffix(newline).unwrap_or(&lines);
        let is_alone = before(start).is_empty();
        let opening = if is_alone { comment.trim_start() } else { comment };
        let newline = if is_alone && opening.is_empty() { "" } else { newline };
        self.replace(start..end + comment.len(), format!("{opening}{newline}{lines}"));
    }

    fn insert(&mut self, at: usize, text: String) {
        self.replace(at..at, text);
    }

    /// Returns the lines of an item of a block list, with the comments below it that are indented
    /// deeper than its dash, and the indentation of the dash.
    fn item(&self, item: &Layout) -> (Range<usize>, usize) {
        let mut start = self.line_start(item.range.start);
        let indent = |start: usize| {
            let line = &self.text[start..];
            (line.len() - line.trim_start_matches(' ').len(), line.trim_start_matches(' '))
        };
        // The value can begin below the dash.
        while !indent(start).1.starts_with('-') && start > 0 {
            start = self.line_start(start - 1);
        }
        let (dash, _) = indent(start);
        let mut end = self.line_end(item.range.end);
        while let (deeper, line) = indent(end)
            && deeper > dash
            && line.starts_with('#')
        {
            end = self.line_end(end);
        }
        (start..end, dash)
    }

    fn block(&self, indent: usize, item: &Item) -> String {
        let (indent, newline) = (" ".repeat(indent), self.newline);
        let lines = item.block.lines().enumerate();
        lines
            .map(|(index, line)| {
                format!("{indent}{} {line}{newline}", if index == 0 { "-" } else { " " })
            })
            .collect()
    }

    /// Returns where the value of a key begins, after its anchor.
    fn after_key(&self, key: &Layout, value: &Layout) -> usize {
        let value = value.range.start;
        let rest = &self.text[value..];
        if rest.starts_with('&') {
            return value
                + rest.find(|c: char| c.is_whitespace() || c == '[').unwrap_or(rest.len());
        }
        let end = key.range.end;
        self.text[end..].find(':').map_or(end, |colon| end + colon + 1)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Returns where the next line begins.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }
}
