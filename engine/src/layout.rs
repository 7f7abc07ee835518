//! Where the values of a YAML file are in its text, so that it can be edited.

use std::collections::BTreeSet;
use std::ops::Range;

use saphyr_parser::{Event, Parser};

/// A value, and where it is. Aliases are not followed.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The bytes of the value with its anchor, without the comments after it.
    pub(crate) range: Range<usize>,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Scalar(String),
    Alias { of_mapping: bool },
    List { flow: bool, items: Vec<Layout> },
    Mapping(Vec<(Layout, Layout)>),
}

/// A list or mapping that has not ended yet.
struct Open {
    start: usize,
    flow: bool,
    mapping: bool,
    children: Vec<Layout>,
}

impl Layout {
    /// Returns the layout of a text that is valid YAML and not empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (mut open, mut mappings, mut root) = (Vec::<Open>::new(), BTreeSet::new(), None);
        for event in Parser::new_from_str(text) {
            let (event, span) = event.ok()?;
            let (start, end) = (*bytes.get(span.start.index())?, *bytes.get(span.end.index())?);
            let of = |shape| Self { range: start..end, shape };
            let value = match event {
                Event::Scalar(value, ..) => {
                    // The span of a block scalar reaches to the next value.
                    let end = start + text.get(start..end)?.trim_end().len();
                    Self { range: start..end, shape: Shape::Scalar(value.into_owned()) }
                }
                Event::Alias(anchor) => of(Shape::Alias { of_mapping: mappings.contains(&anchor) }),
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    let mapping = matches!(event, Event::MappingStart(..));
                    mappings.extend((mapping && anchor != 0).then_some(anchor));
                    // The span can reach to the next value, and begins with an anchor or a tag.
                    let mut words = text.get(start..end)?.split_whitespace();
                    let opening = words.find(|word| !word.starts_with(['&', '!']));
                    let flow = opening.is_some_and(|word| word.starts_with(['[', '{']));
                    open.push(Open { start, flow, mapping, children: Vec::new() });
                    continue;
                }
                // The span of a bracket can include a comment that follows it.
                Event::SequenceEnd | Event::MappingEnd => open.pop()?.ended(start + 1),
                _ => continue,
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(value),
                None => root = Some(value),
            }
        }
        root
    }

    /// Returns the key and the value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<(&Self, &Self)> {
        let Shape::Mapping(pairs) = &self.shape else { return None };
        let is_named = |key: &Self| matches!(&key.shape, Shape::Scalar(text) if text == name);
        pairs.iter().find(|(key, _)| is_named(key)).map(|(key, value)| (key, value))
    }

    /// Returns the items of a list that is written here.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.shape {
            Shape::List { items, .. } => items,
            _ => &[],
        }
    }

    pub(crate) fn is_alias(&self) -> bool {
        matches!(self.shape, Shape::Alias { .. })
    }
}

impl Open {
    fn ended(self, end: usize) -> Layout {
        let Self { start, flow, mapping, children } = self;
        // The end of a block is found only at the next value.
        let last = children.last().map_or(start, |child| child.range.end);
        let range = start..if flow { end } else { last };
        if !mapping {
            return Layout { range, shape: Shape::List { flow, items: children } };
        }
        let (mut pairs, mut children) = (Vec::new(), children.into_iter());
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            pairs.push((key, value));
        }
        Layout { range, shape: Shape::Mapping(pairs) }
    }
}
