// A report as one file that needs nothing else: its text and tables as they stand, its charts as
// pictures, its styles inside. For who has no access to the server, and for years from now.

import { download } from "./savePicture";
import { takenWhole } from "./usePrinting";

/** What can be done on a page can not be done in a file. */
const DEAD = "button, select, input, label:has(select), output, [role=tablist], [data-dead]";
const WHOLE =
  "main{max-width:1200px;margin:auto}main section{max-height:none!important;overflow:visible!important}" +
  "main img{display:block}";

export async function saveTearSheet(main: Element, title: string): Promise<void> {
  const html = await takenWhole(() => tearSheetOf(main, title));
  download(new Blob([html], { type: "text/html" }), `${title}.html`);
}

function tearSheetOf(main: Element, title: string): string {
  const copy = main.cloneNode(true) as Element;
  const drawn = [...main.querySelectorAll("canvas")];
  copy.querySelectorAll("canvas").forEach((canvas, at) => {
    const picture = document.createElement("img");
    const original = drawn[at];
    if (original && original.width > 0) {
      picture.src = original.toDataURL("image/png");
      picture.alt = "";
      picture.className = original.className;
      picture.style.cssText = original.style.cssText;
      picture.style.width = `${original.clientWidth}px`;
      picture.style.height = `${original.clientHeight}px`;
    }
    canvas.replaceWith(picture);
  });
  for (const link of copy.querySelectorAll("a[href]")) {
    link.setAttribute("href", new URL(link.getAttribute("href") ?? "", location.href).href);
  }
  for (const dead of copy.querySelectorAll(DEAD)) {
    // A number that leads somewhere is still a number.
    dead.replaceWith(dead.matches("td button") ? (dead.textContent ?? "") : "");
  }
  const page = document.implementation.createHTMLDocument(title);
  page.documentElement.lang = "en";
  const theme = document.documentElement.dataset["theme"];
  if (theme) {
    page.documentElement.dataset["theme"] = theme;
  }
  const charset = page.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  page.head.prepend(charset);
  page.body.append(page.importNode(copy, true));
  // As a text, since the page's own policy holds for every document that it makes.
  const style = `<style>${styles()}${WHOLE}</style>`;
  return `<!doctype html>\n${page.documentElement.outerHTML.replace("</head>", () => `${style}</head>`)}`;
}

function styles(): string {
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .map((rule) => rule.cssText)
    .join("\n")
    .replaceAll("</", "<\\/");
}
