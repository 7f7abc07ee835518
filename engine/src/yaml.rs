//! YAML as a tree in which everything has a place.

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::diagnostic::Position;
use crate::encoding::decode;

/// How deep lists and mappings can be nested. A group file needs eight.
const DEEPEST: usize = 32;

/// How many values a file can have, with those that its aliases repeat.
const MOST_NODES: usize = 1_000_000;

impl From<Span> for Position {
    fn from(span: Span) -> Self {
        Self::new(span.start.line(), span.start.col() + 1)
    }
}

/// A value, and its place.
#[derive(Debug)]
pub(crate) struct YamlNode {
    pub(crate) at: Position,
    pub(crate) value: YamlValue,
    /// How many values it is made of, with those that its aliases repeat.
    size: usize,
}

#[derive(Debug)]
pub(crate) enum YamlValue {
    /// Nothing: `null`, `~` or no value at all.
    Nothing,
    /// Any other scalar, as its text: the file holds nothing but text.
    Text(Box<str>),
    List(Vec<Rc<YamlNode>>),
    Mapping(Vec<(Rc<YamlNode>, Rc<YamlNode>)>),
}

/// Why a text is not YAML of one document.
pub(crate) type Problem = (Position, String);

/// Parses a file, with its number in places. `None` if it is empty.
pub(crate) fn parse(bytes: &[u8], file: usize) -> Result<Option<Rc<YamlNode>>, Problem> {
    let decoded = decode(bytes).map_err(|(at, problem)| (Position { file, ..at }, problem))?;
    let place = |at| Position { file, ..decoded.place(at) };
    let mut builder = Builder::default();
    for event in Parser::new_from_str(&decoded.text) {
        let (event, span) = event.map_err(|error| {
            let (at, problem) = syntax_error(&decoded.text, &error);
            (place(at), problem)
        })?;
        builder.take(event, place(span.into()))?;
    }
    Ok(builder.root)
}

fn syntax_error(text: &str, error: &ScanError) -> Problem {
    let at = Position::new(error.marker().line(), error.marker().col() + 1);
    if error.info().contains("tab") {
        // The parser reports where the value before the tab begins.
        let lines = text.lines().zip(1..).skip(at.line.saturating_sub(1));
        for (line, number) in lines {
            let blank: String = line.chars().take_while(|c| c.is_whitespace()).collect();
            if let Some(column) = blank.chars().position(|c| c == '\t') {
                let at = Position::new(number, column + 1);
                return (at, "a tab cannot indent in YAML; use spaces".to_owned());
            }
        }
    }
    let line = text.lines().nth(at.line.saturating_sub(1)).unwrap_or_default();
    if at.column > 1 && line.chars().nth(at.column - 2) == Some('\t') {
        let at = Position::new(at.line, at.column - 1);
        return (at, "a tab cannot be here in YAML; use a space".to_owned());
    }
    (at, format!("this is not YAML: {}", error.info()))
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
    /// How many values there are so far, with those that aliases repeat.
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Problem> {
        if let Some(tag) = foreign_tag(&event) {
            return Err((at, format!("the tag {tag} has no meaning here; write the value itself")));
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let empty = matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if empty && style == ScalarStyle::Plain {
                    YamlValue::Nothing
                } else {
                    // The parser leaves each text room to grow.
                    YamlValue::Text(text.into_owned().into())
                };
                self.put(YamlNode { at, value, size: 1 }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, false),
            Event::MappingStart(anchor, _) => self.begin(at, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => {
                    self.count(at, node.size)?;
                    self.place(node);
                    Ok(())
                }
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
            return Err((at, "lists and mappings are nested too deep".to_owned()));
        }
        self.open.push(Open { at, anchor, mapping, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { at, anchor, mapping, children }) = self.open.pop() else {
            return Ok(());
        };
        let size = children.iter().fold(1_usize, |size, child| size.saturating_add(child.size));
        let value = if mapping { pairs(children) } else { YamlValue::List(children) };
        self.put(YamlNode { at, value, size }, anchor)
    }

    fn put(&mut self, node: YamlNode, anchor: usize) -> Result<(), Problem> {
        self.count(node.at, 1)?;
        let node = Rc::new(node);
        // 0 means that there is no anchor.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.place(node);
        Ok(())
    }

    /// Counts values. The reader visits what an alias repeats as often as it is repeated.
    fn count(&mut self, at: Position, nodes: usize) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            let problem = format!("the file has more than {MOST_NODES} values, aliases included");
            return Err((at, problem));
        }
        Ok(())
    }

    fn place(&mut self, node: Rc<YamlNode>) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }
}

/// Returns the tag of a value, unless it is that of a type, such as `!!str`. What another tag would
/// do, such as `!include`, is not done.
fn foreign_tag(event: &Event<'_>) -> Option<String> {
    const TYPES: [&str; 7] = ["str", "int", "float", "bool", "null", "seq", "map"];
    let (Event::Scalar(.., tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag)) =
        event
    else {
        return None;
    };
    let is_type = |tag: &Tag| tag.is_yaml_core_schema() && TYPES.contains(&&*tag.suffix);
    tag.as_ref().filter(|tag| !is_type(tag)).map(ToString::to_string)
}

fn pairs(children: Vec<Rc<YamlNode>>) -> YamlValue {
    let mut pairs = Vec::new();
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    YamlValue::Mapping(pairs)
}
