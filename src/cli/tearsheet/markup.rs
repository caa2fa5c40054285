//! HTML out of texts that others wrote: nothing of them becomes markup.

use std::fmt::Write as _;

use crate::cli::text::foreign;

/// The text with nothing that a browser would act on; what turns the direction of text is shown.
pub(super) fn text(raw: &str) -> String {
    let shown = foreign::lines(raw);
    let mut safe = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A part of the sheet under its title; nothing if it is empty.
pub(super) fn section(title: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<section><h2>{}</h2>\n{body}</section>\n", text(title))
}

/// Facts as pairs, each with its name. Where a name is empty the fact goes on.
pub(super) fn facts<Name: AsRef<str>>(facts: &[(Name, String)]) -> String {
    let mut html = String::from("<dl>");
    for (name, fact) in facts {
        let (name, fact) = (text(name.as_ref()), text(fact));
        _ = write!(html, "<div><dt>{name}</dt><dd>{fact}</dd></div>");
    }
    html + "</dl>\n"
}

/// A table whose first columns, as many as are said, are words and the others numbers.
pub(super) fn table(headings: &[&str], words: usize, rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let class = |at: usize| if at < words { "" } else { " class=n" };
    let mut html = String::from("<div class=scroll><table><thead><tr>");
    for (at, heading) in headings.iter().enumerate() {
        _ = write!(html, "<th{}>{}</th>", class(at), text(heading));
    }
    html.push_str("</tr></thead><tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            _ = write!(html, "<td{}>{}</td>", class(at), text(cell));
        }
        html.push_str("</tr>\n");
    }
    html + "</tbody></table></div>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_no_markup() {
        let name = "<script>alert('x')</script> & \u{202e}\"q\"";
        let shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; \\u{202e}&quot;q&quot;";
        assert_eq!(text(name), shown);
        assert!(table(&[name], 1, &[vec![name.to_owned()]]).contains(shown));
        assert!(facts(&[(name, name.to_owned())]).contains(shown));
        assert!(section(name, "x").contains(shown));
    }

    #[test]
    fn what_is_empty_has_no_title() {
        assert_eq!(section("Trades", &table(&["#"], 1, &[])), "");
    }
}
