//! Columns without headings, told by what stands in the first rows: the layouts of exchanges and
//! programs that write none. Knows nothing of names.

use super::headings::BarColumn;
use super::number;
use super::time::{is_clock, written_with_clock};

/// Counts above this are times and no prices: 1973 in seconds.
const TIME_COUNT_MIN: f64 = 1e8;
/// A time, a price, a size.
const TRADE_FIELDS: usize = 3;
/// Orders of prices: as nearly everybody has it, as Coinbase, and as Bitfinex.
const ORDERS: [[BarColumn; 4]; 3] = [
    [BarColumn::Open, BarColumn::High, BarColumn::Low, BarColumn::Close],
    [BarColumn::Low, BarColumn::High, BarColumn::Open, BarColumn::Close],
    [BarColumn::Open, BarColumn::Close, BarColumn::High, BarColumn::Low],
];

/// The place of each column that was told.
pub(super) type Places = Vec<(BarColumn, usize)>;

/// Tells the columns of rows that have no header; `None` if they are no layout that is known.
pub(super) fn places(rows: &[Vec<String>]) -> Option<Places> {
    let width = rows.iter().map(Vec::len).min()?;
    let time = (0..width).find(|&column| all(rows, column, is_time))?;
    let mut places = vec![(BarColumn::OpenTime, time)];
    if let Some(symbol) = (0..time).find(|&column| all(rows, column, |field| !is_number(field))) {
        places.push((BarColumn::Symbol, symbol));
    }
    let has_clock = time + 1 < width
        && all(rows, time, is_bare_date)
        && all(rows, time + 1, |field| is_clock(field.as_bytes()));
    let with_clock = if has_clock { prices(rows, time + 2, width) } else { None };
    let (first, order) = match with_clock {
        Some(order) => {
            places.push((BarColumn::TimeOfDay, time + 1));
            (time + 2, order)
        }
        None => (time + 1, prices(rows, time + 1, width)?),
    };
    places.extend(order.into_iter().zip(first..));
    if let Some(volume) = volume(rows, first, width, order) {
        places.push((BarColumn::Volume, volume));
    }
    Some(places)
}

/// Tells the columns of trades: a time, a price and a size, or a rising number, a price, a size and
/// then the time somewhere.
pub(super) fn trades(rows: &[Vec<String>]) -> Option<Places> {
    let width = rows.iter().map(Vec::len).min()?;
    let are_amounts = [1, 2].iter().all(|&column| {
        column < width && all(rows, column, |field| amount(field).is_some_and(|it| it > 0.0))
    });
    let time = if !are_amounts {
        None
    } else if width == TRADE_FIELDS && all(rows, 0, is_time) {
        Some(0)
    } else if is_rising(rows) {
        // Numbers of trades may be as large as times are, but not as large as those beside them.
        let value = |column: &usize| amount(&rows[0][*column]).unwrap_or(f64::INFINITY);
        let times = (TRADE_FIELDS..width).filter(|column| all(rows, *column, is_time));
        times.max_by(|left, right| value(left).total_cmp(&value(right)))
    } else {
        None
    };
    let columns = [BarColumn::Price, BarColumn::Volume];
    Some(columns.into_iter().zip(1..).chain([(BarColumn::OpenTime, time?)]).collect())
}

/// The first time of rows as LEAN writes them, `20240112 00:00` and five whole numbers, of which
/// the prices are ten thousandfold if they are of shares.
pub(super) fn first_of_lean(rows: &[Vec<String>]) -> Option<String> {
    let is_whole = |field: &String| field.parse::<u64>().is_ok();
    let is_time = |field: &str| {
        field.len() == 14
            && field.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b' ',
                11 => byte == b':',
                _ => byte.is_ascii_digit(),
            })
    };
    let is_so =
        |row: &Vec<String>| row.len() == 6 && is_time(&row[0]) && row[1..].iter().all(is_whole);
    rows.iter().all(is_so).then(|| rows.first().map(|row| row[0].clone()))?
}

/// The first field of rows that count the milliseconds of a day in front of whole prices, as LEAN
/// writes minutes.
pub(super) fn first_of_lean_day(rows: &[Vec<String>]) -> Option<String> {
    const DAY_MS: u64 = 86_400_000;
    let is_so = |row: &Vec<String>| {
        let whole: Option<Vec<u64>> = row.iter().map(|field| field.parse().ok()).collect();
        whole.is_some_and(|it| it.len() == 6 && it[0] < DAY_MS && it[0] % 1000 == 0)
    };
    let is_day = rows.len() > 1 && is_rising(rows) && rows.iter().all(is_so);
    is_day.then(|| rows[0][0].clone())
}

/// Whether a line is a row without a header above it: a written time, and numbers alone.
pub(super) fn begins_bare(fields: &[String]) -> bool {
    let is_clock = |field: &String| field.contains(':') && is_clock(field.as_bytes());
    let is_dated = |field: &String| written_with_clock(field.as_bytes()).is_some();
    fields.len() > 1
        && fields.iter().filter(|field| is_dated(field)).count() == 1
        && fields.iter().all(|field| is_dated(field) || is_clock(field) || is_number(field))
}

/// Whether the first column is a number that rises by each row.
fn is_rising(rows: &[Vec<String>]) -> bool {
    let numbers: Option<Vec<u64>> = rows.iter().map(|row| row[0].parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers.windows(2).all(|pair| pair[0] < pair[1]))
}

/// Whether the fields are those of a trade alone.
pub(super) fn is_trade(fields: &[String]) -> bool {
    fields.len() == TRADE_FIELDS && trades(&[fields.to_vec()]).is_some()
}

fn amount(field: &str) -> Option<f64> {
    number::measure(field.as_bytes(), None).ok()
}

/// The column of volumes, which an average price may precede.
fn volume(
    rows: &[Vec<String>],
    first: usize,
    width: usize,
    order: [BarColumn; 4],
) -> Option<usize> {
    let next = first + order.len();
    let is_amount = |column: usize| {
        column < width
            && all(rows, column, |field| {
                number::is_missing(field.as_bytes())
                    || number::measure(field.as_bytes(), None).is_ok()
            })
    };
    let place = |wanted| order.iter().position(|it| *it == wanted).map_or(first, |at| first + at);
    let is_between = |row: &Vec<String>| {
        let value = |column: usize| number::measure(row[column].as_bytes(), None).ok();
        let (low, high) = (value(place(BarColumn::Low)), value(place(BarColumn::High)));
        value(next).is_some_and(|it| low <= Some(it) && Some(it) <= high)
    };
    let is_average = is_amount(next) && is_amount(next + 1) && rows.iter().all(is_between);
    let column = if is_average { next + 1 } else { next };
    is_amount(column).then_some(column)
}

/// The order in which the four columns from there on are prices of bars.
fn prices(rows: &[Vec<String>], first: usize, width: usize) -> Option<[BarColumn; 4]> {
    if first + 4 > width {
        return None;
    }
    let values = |row: &Vec<String>| {
        let fields = &row[first..first + 4];
        let values = fields.iter().map(|field| number::measure(field.as_bytes(), None).ok());
        values.collect::<Option<Vec<f64>>>()
    };
    // What is not above zero is refused by its line, once it is known what the columns are.
    let is_price = |values: &Vec<f64>| values.iter().all(|it| *it > 0.0);
    let known: Vec<Vec<f64>> = rows.iter().filter_map(values).collect();
    if !known.iter().any(is_price) {
        return None;
    }
    let is_missing = |row: &&Vec<String>| {
        row[first..first + 4].iter().all(|field| number::is_missing(field.as_bytes()))
    };
    if known.is_empty() || known.len() + rows.iter().filter(is_missing).count() < rows.len() {
        return None;
    }
    ORDERS.into_iter().find(|order| known.iter().all(|values| encloses(*order, values)))
}

/// Whether the high of such a row is its greatest price and the low its least, within noise.
fn encloses(order: [BarColumn; 4], values: &[f64]) -> bool {
    let value = |wanted| order.iter().position(|it| *it == wanted).map_or(0.0, |at| values[at]);
    let slack = 1e-6 * value(BarColumn::High).abs();
    values
        .iter()
        .all(|it| *it <= value(BarColumn::High) + slack && *it >= value(BarColumn::Low) - slack)
}

fn all(rows: &[Vec<String>], column: usize, is_so: impl Fn(&str) -> bool) -> bool {
    rows.iter().all(|row| is_so(&row[column]))
}

fn is_number(field: &str) -> bool {
    number::measure(field.as_bytes(), None).is_ok()
}

fn is_bare_date(field: &str) -> bool {
    written_with_clock(field.as_bytes()) == Some(false)
}

/// Whether a field can be the time of a bar and not its price.
pub(in crate::data) fn is_time(field: &str) -> bool {
    let is_large = || number::measure(field.as_bytes(), None).is_ok_and(|it| it >= TIME_COUNT_MIN);
    written_with_clock(field.as_bytes()).is_some() || is_large()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<Vec<(&'static str, usize)>> {
        let rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let mut found = places(&rows)?;
        found.sort_by_key(|(_, place)| *place);
        Some(found.into_iter().map(|(column, place)| (column.name(), place)).collect())
    }

    const USUAL: [(&str, usize); 6] =
        [("open_time", 0), ("open", 1), ("high", 2), ("low", 3), ("close", 4), ("volume", 5)];

    #[test]
    fn layouts_that_begin_with_a_time_are_told() {
        let layouts = [
            "1740787200,93304.0,93814.86,92740.52,93469.07,23,3",
            "20250301 000000,93304.0,93814.86,92740.52,93469.07,0",
            "2024-01-02 09:30:00,1.5,2.5,1.0,2.0,100",
            "1735689600000000,1.0,2.0,0.5,1.5,3.25,1735689659999999,4,5,6,7,0",
        ];
        for layout in layouts {
            assert_eq!(told(layout).as_deref(), Some(&USUAL[..]), "{layout}");
        }
        let average = told("1740787200,10,12,9,11,10.5,23,3\n1740787260,10,12,9,11,10.2,900,3");
        assert_eq!(average.unwrap()[5], ("volume", 6));
    }

    #[test]
    fn other_orders_are_told_by_the_greatest_and_the_least() {
        let coinbase = told("1740787200,9,12,10,11,7\n1740787140,8,13,9,10,7").unwrap();
        assert_eq!(coinbase[1..5], [("low", 1), ("high", 2), ("open", 3), ("close", 4)]);
        let bitfinex = told("1740787200000,10,11,12,9,7\n1740787260000,11,10,13,8,7").unwrap();
        assert_eq!(bitfinex[1..5], [("open", 1), ("close", 2), ("high", 3), ("low", 4)]);
    }

    #[test]
    fn a_time_of_day_and_a_symbol_may_have_columns_of_their_own() {
        let clock = told("2024.01.02,09:30,1.5,2.5,1.0,2.0,100").unwrap();
        assert_eq!(clock[..2], [("open_time", 0), ("time_of_day", 1)]);
        let digits = told("20240102,930,186.5,187,186,186.2,5\n20240102,931,186,187,185,186,5");
        assert_eq!(digits.unwrap()[1..3], [("time_of_day", 1), ("open", 2)]);
        let prices = told("20240102,930,945,920,940,5,1\n20240103,940,945,920,930,5,1").unwrap();
        assert_eq!(prices[1], ("open", 1));
        assert_eq!(told("AAPL,20240102,1.5,2.5,1.0,2.0,100").unwrap()[0], ("symbol", 0));
    }

    #[test]
    fn what_is_no_bar_is_not_told() {
        for text in ["1740787200,1,2", "a,b,c,d,e", "1740787200,5,1,9,2,0", "09:30,1,2,1,1,0"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
