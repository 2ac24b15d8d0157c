//! JSON in any of the shapes of exports: one object, one list, or an object a line. A long list is read element by
//! element, so only one record is in memory at a time.

use std::cell::RefCell;
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Reading;
use super::builder::Builder;
use super::error::ImportError;
use super::records::Records;

pub(super) fn read(plain: Box<dyn Read + '_>, reading: &mut Reading<'_>) -> Result<Builder, ImportError> {
    let mut plain = BufReader::with_capacity(1 << 16, plain);
    skip_mark(&mut plain).map_err(|error| reading.failed(0, error))?;
    let mut stream = serde_json::Deserializer::from_reader(plain);
    let sink = RefCell::new(Sink {
        records: Records::new(reading.hints.clone(), reading.limits),
        reading,
        failed: None,
    });
    loop {
        match stream.end() {
            Ok(()) => break,
            Err(error) if error.is_io() => return Err(fault(error, &sink)),
            Err(_) => {}
        }
        if let Err(error) = (Top { sink: &sink }).deserialize(&mut stream) {
            return Err(fault(error, &sink));
        }
    }
    sink.into_inner().records.finish()
}

/// Takes off a byte order mark.
fn skip_mark(plain: &mut impl std::io::BufRead) -> std::io::Result<()> {
    if plain.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        plain.consume(3);
    }
    Ok(())
}

struct Sink<'a, 'b> {
    records: Records,
    reading: &'a mut Reading<'b>,
    failed: Option<ImportError>,
}

impl Sink<'_, '_> {
    fn record(&mut self, value: Value) -> Result<(), ()> {
        let taken = self.records.take(value);
        self.reading.ended(self.records.count());
        taken.map_err(|error| self.failed = Some(error))
    }
}

fn fault(error: serde_json::Error, sink: &RefCell<Sink<'_, '_>>) -> ImportError {
    let mut sink = sink.borrow_mut();
    let line = sink.records.count() + 1;
    match sink.failed.take() {
        Some(failed) => failed,
        None if error.is_io() || error.is_eof() => sink.reading.failed(line, error.into()),
        None => ImportError::Json { line, source: error },
    }
}

/// A value at the top: a list of records, an object with a list of rows, or an object that is a record.
#[derive(Clone, Copy)]
struct Top<'a, 'b, 'c> {
    sink: &'a RefCell<Sink<'b, 'c>>,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            self.sink.borrow_mut().record(value).map_err(|()| A::Error::custom("stopped"))?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "rows" {
                self.sink.borrow_mut().records.begin_rows(&object);
                map.next_value_seed(self)?;
                listed = true;
            } else {
                object.insert(key, map.next_value::<Value>()?);
            }
        }
        let mut sink = self.sink.borrow_mut();
        if listed {
            sink.records.header(&object);
            return Ok(());
        }
        sink.record(Value::Object(object)).map_err(|()| A::Error::custom("stopped"))
    }
}
