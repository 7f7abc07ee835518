//! YAML as a tree in which everything has a place.

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::diagnostic::Position;

/// How deep lists and mappings may lie in one another. The file needs four.
const DEEPEST: usize = 32;

impl From<Span> for Position {
    fn from(span: Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }
}

/// A value, and where it stands.
#[derive(Debug)]
pub(crate) struct YamlNode {
    pub(crate) at: Position,
    pub(crate) value: YamlValue,
}

#[derive(Debug)]
pub(crate) enum YamlValue {
    /// Nothing: `null`, `~` or no value at all.
    Nothing,
    /// Any other scalar, as its text: the file holds nothing but text.
    Text(String),
    List(Vec<Rc<YamlNode>>),
    Mapping(Vec<(Rc<YamlNode>, Rc<YamlNode>)>),
}

/// Why a text is not YAML of one document.
pub(crate) type Problem = (Position, String);

/// Reads a text. `None` if there is nothing in it.
pub(crate) fn parse(text: &str) -> Result<Option<Rc<YamlNode>>, Problem> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = Position { line: error.marker().line(), column: error.marker().col() + 1 };
            (at, format!("this is not YAML: {}", error.info()))
        })?;
        builder.take(event, span.into())?;
    }
    Ok(builder.root)
}

/// A list or mapping that has not ended yet.
struct Open {
    at: Position,
    anchor: usize,
    mapping: bool,
    children: Vec<Rc<YamlNode>>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Rc<YamlNode>>,
    root: Option<Rc<YamlNode>>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let empty = matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if empty && style == ScalarStyle::Plain {
                    YamlValue::Nothing
                } else {
                    YamlValue::Text(text.into_owned())
                };
                self.put(YamlNode { at, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, false),
            Event::MappingStart(anchor, _) => self.begin(at, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.place(node),
                None => Err((at, "this alias stands for what it is part of".to_owned())),
            },
            Event::DocumentStart(_) if self.root.is_some() => {
                Err((at, "a second document begins here; one file holds one list".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, at: Position, anchor: usize, mapping: bool) -> Result<(), Problem> {
        if self.open.len() == DEEPEST {
            return Err((at, "this lies too deep".to_owned()));
        }
        self.open.push(Open { at, anchor, mapping, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { at, anchor, mapping, children }) = self.open.pop() else {
            return Ok(());
        };
        let value = if mapping { pairs(children) } else { YamlValue::List(children) };
        self.put(YamlNode { at, value }, anchor)
    }

    fn put(&mut self, node: YamlNode, anchor: usize) -> Result<(), Problem> {
        let node = Rc::new(node);
        // 0 means that there is no anchor.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.place(node)
    }

    fn place(&mut self, node: Rc<YamlNode>) -> Result<(), Problem> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn pairs(children: Vec<Rc<YamlNode>>) -> YamlValue {
    let mut pairs = Vec::new();
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    YamlValue::Mapping(pairs)
}
