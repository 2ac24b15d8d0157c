//! A SQLite file written by hand, so that these tests need no database library: the table of schema steps, with one
//! step that this program has never heard of. The format: "Database File Format" of SQLite's documentation.

/// The smallest page there is.
const PAGE: usize = 512;

const TABLE: &str = "CREATE TABLE _sqlx_migrations (version INTEGER PRIMARY KEY, description TEXT NOT NULL, \
                     installed_on TEXT NOT NULL, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, \
                     execution_time BIGINT NOT NULL)";

/// A value of a record.
enum Column<'a> {
    Null,
    Zero,
    One,
    Byte(u8),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A database whose newest schema step is `version`, at most 127.
pub(crate) fn database_of(version: u8) -> Vec<u8> {
    use Column::{Byte, Bytes, Null, One, Text, Zero};
    let schema =
        record(&[Text("table"), Text("_sqlx_migrations"), Text("_sqlx_migrations"), Byte(2), Text(TABLE)]);
    // The primary key is the row's number, and stands in the record as NULL.
    let step =
        record(&[Null, Text("from the future"), Text("2099-01-01 00:00:00"), One, Bytes(&[7; 48]), Zero]);
    let mut file = page(100, 1, &schema);
    file[..100].copy_from_slice(&header());
    file.extend(page(0, version, &step));
    file
}

fn header() -> [u8; 100] {
    let mut header = [0; 100];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SQLite format 3\0");
    put(16, &u16::try_from(PAGE).expect("512").to_be_bytes());
    put(18, &[1, 1, 0, 64, 32, 32]);
    // Changes, pages; later the schema's number, its format, the encoding UTF-8, and the changes again.
    for (at, value) in [(24, 1_u32), (28, 2), (40, 1), (44, 4), (56, 1), (92, 1), (96, 3_040_000)] {
        put(at, &value.to_be_bytes());
    }
    header
}

/// A leaf of a table with one row; its own header begins at `start`.
fn page(start: usize, row: u8, record: &[u8]) -> Vec<u8> {
    let mut cell = varint(record.len());
    cell.push(row);
    cell.extend(record);
    let at = PAGE - cell.len();
    let place = u16::try_from(at).expect("within the page").to_be_bytes();
    let mut page = vec![0; PAGE];
    page[start] = 13;
    page[start + 4] = 1;
    page[start + 5..start + 7].copy_from_slice(&place);
    page[start + 8..start + 10].copy_from_slice(&place);
    page[at..].copy_from_slice(&cell);
    page
}

fn record(columns: &[Column<'_>]) -> Vec<u8> {
    let mut types = Vec::new();
    let mut values = Vec::new();
    for column in columns {
        match column {
            Column::Null => types.push(0),
            Column::Zero => types.push(8),
            Column::One => types.push(9),
            Column::Byte(byte) => {
                types.push(1);
                values.push(*byte);
            }
            Column::Text(text) => {
                types.extend(varint(13 + 2 * text.len()));
                values.extend(text.as_bytes());
            }
            Column::Bytes(bytes) => {
                types.extend(varint(12 + 2 * bytes.len()));
                values.extend(*bytes);
            }
        }
    }
    // The header's length counts its own byte.
    let mut record = varint(types.len() + 1);
    record.extend(types);
    record.extend(values);
    record
}

/// Numbers below 16,384: seven bits a byte, the high ones first.
fn varint(number: usize) -> Vec<u8> {
    let low = (number & 127) as u8;
    if number < 128 { vec![low] } else { vec![0x80 | (number >> 7) as u8, low] }
}
