//! Lines over time as a drawing of their own: no script, and as sharp on paper.

use std::fmt::Write as _;

use super::markup;
use crate::cli::text::figures;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
/// Room for the axes' numbers.
const LEFT: f64 = 84.0;
const BELOW: f64 = 26.0;
const ABOVE: f64 = 10.0;
const TICKS: f64 = 5.0;

/// One line: its name, its colour's class, and a value for each time.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) class: &'a str,
    pub(super) values: &'a [f64],
}

/// The lines over their common times, with what the values are called by.
pub(super) fn lines(
    title: &str,
    times_ms: &[i64],
    lines: &[Line],
    label: fn(f64) -> String,
) -> String {
    let (Some(&first), Some(&last)) = (times_ms.first(), times_ms.last()) else {
        return String::new();
    };
    let all = || lines.iter().flat_map(|line| line.values).copied().filter(|it| it.is_finite());
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return String::new();
    }
    let (low, high) = if low == high { (low - 1.0, high + 1.0) } else { (low, high) };
    let span = ((last - first) as f64).max(1.0);
    let x = |time: i64| LEFT + (time - first) as f64 / span * (WIDTH - LEFT - 8.0);
    let y = |value: f64| ABOVE + (high - value) / (high - low) * (HEIGHT - ABOVE - BELOW);
    let mut svg = format!(
        "<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img aria-label=\"{}\">",
        markup::text(title)
    );
    for tick in ticks(low, high) {
        let at = y(tick);
        _ = write!(
            svg,
            "<path class=grid d=\"M{LEFT} {at:.1}H{WIDTH}\"/>\
             <text class=r x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            markup::text(&label(tick))
        );
    }
    for (at, anchor) in [(first, "s"), (first + (last - first) / 2, "m"), (last, "r")] {
        let day = figures::moment(&figures::from_unix_ms(at));
        let day = day.get(..10).unwrap_or(&day);
        _ = write!(
            svg,
            "<text class={anchor} x=\"{:.1}\" y=\"{}\">{day}</text>",
            x(at),
            HEIGHT - 6.0
        );
    }
    for line in lines {
        _ = write!(
            svg,
            "<path class=\"line {}\" d=\"{}\"/>",
            line.class,
            path(times_ms, line.values, &x, &y)
        );
    }
    svg.push_str("</svg><figcaption>");
    for line in lines {
        let end = line.values.last().map(|&value| label(value)).unwrap_or_default();
        let (name, end) = (markup::text(line.name), markup::text(&end));
        _ = write!(svg, "<span class=\"key {}\">{name} <b>{end}</b></span> ", line.class);
    }
    svg + "</figcaption></figure>\n"
}

fn path(
    times_ms: &[i64],
    values: &[f64],
    x: &impl Fn(i64) -> f64,
    y: &impl Fn(f64) -> f64,
) -> String {
    let mut path = String::with_capacity(values.len() * 12);
    let mut pen = 'M';
    for (&time, &value) in times_ms.iter().zip(values) {
        if value.is_finite() {
            _ = write!(path, "{pen}{:.1} {:.1}", x(time), y(value));
            pen = 'L';
        } else {
            // What is undefined is a gap, and no 0.
            pen = 'M';
        }
    }
    path
}

/// Round values between the two: 1, 2 or 5 times a power of ten apart.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / TICKS;
    let size = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|by| by * size).into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(rough);
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first).clamp(0.0, 4.0 * TICKS) as u32;
    (0..=count).map(|at| (first + f64::from(at)) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: f64) -> String {
        value.to_string()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(-0.13, 0.04).len(), 3);
        assert!(ticks(9_973.0, 24_120.0).iter().all(|tick| tick % 5_000.0 == 0.0));
    }

    #[test]
    fn a_line_goes_from_corner_to_corner_and_its_end_is_told() {
        let values = [1.0, f64::NAN, 3.0];
        let line = Line { name: "Equity", class: "a", values: &values };
        let svg = lines("Equity", &[0, 500, 1_000], &[line], plain);
        // A gap where nothing is known.
        assert!(svg.contains("d=\"M84.0 234.0M952.0 10.0\""), "{svg}");
        assert!(svg.contains("Equity <b>3</b>"), "{svg}");
        assert!(svg.contains("1970-01-01"), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(lines("Equity", &[], &[], plain), "");
        let line = Line { name: "Equity", class: "a", values: &[f64::NAN] };
        assert_eq!(lines("Equity", &[0], &[line], plain), "");
    }
}
