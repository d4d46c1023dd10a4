/* The content of the page, read from its fields and written into them, as the server keeps it. */
import { all, grow, lastPart, sections } from "./page.js";
import { cells, newRow, renumber, rowsOf } from "./tables.js";

const control = (section) => section.querySelector(`[name='f.${section.dataset.field}']`);
const parts = (section) => all("[name^='f.']", section);
const filled = (values) => Object.values(values).some((value) => value !== "");
const record = (fields) => Object.fromEntries(fields.map((field) => [lastPart(field.name), field.value]));

function read(section) {
  switch (section.dataset.kind) {
    case "table":
      return rowsOf(section)
        .map((row) => record(cells(row)))
        .filter(filled);
    case "choices":
      return all("input:checked", section).map((box) => box.value);
    case "slot": {
      const slot = record(parts(section));
      return filled(slot) ? slot : {};
    }
    default:
      return control(section).value;
  }
}

export function write(section, value) {
  switch (section.dataset.kind) {
    case "table": {
      const rows = value?.length ? value : [{}];
      section.querySelector("tbody").replaceChildren(...rows.map((values) => newRow(section, values)));
      renumber(section);
      break;
    }
    case "choices":
      for (const box of all("input", section)) box.checked = (value || []).includes(box.value);
      break;
    case "slot":
      for (const field of parts(section)) field.value = value?.[lastPart(field.name)] || "";
      break;
    default:
      control(section).value = value ?? "";
  }
  all("textarea[data-grow]", section).forEach(grow);
}

export function collect() {
  return Object.fromEntries(sections.map((section) => [section.dataset.field, read(section)]));
}

/** Numbers come back as numbers and empty cells may be missing: compare as text, in a fixed order. */
function plain(value) {
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  if (value && typeof value === "object") {
    const said = Object.keys(value).filter((key) => value[key] !== "" && value[key] !== null);
    return `{${said
      .sort()
      .map((key) => `${key}:${plain(value[key])}`)
      .join(",")}}`;
  }
  return value === undefined || value === null ? "" : JSON.stringify(String(value).replace(/\r\n?/g, "\n"));
}

export const same = (one, two) => plain(one) === plain(two);
