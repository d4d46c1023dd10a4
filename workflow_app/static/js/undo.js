/* A row that was removed leaves a line with a button that brings it back, as long as the page stands. */

/** Puts the line in the place of ``row``. ``words``: {removed, undo}; ``back`` is called with the row in its place. */
export function removeRow(row, number, words, back) {
  const line = document.createElement(row.tagName);
  const inside = document.createElement("div");
  if (row.tagName === "TR") {
    const cell = line.insertCell();
    cell.colSpan = row.cells.length;
    cell.append(inside);
  } else {
    line.append(inside);
  }
  line.className = "removed-row";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn tiny";
  button.textContent = words.undo;
  button.addEventListener("click", () => {
    line.replaceWith(row);
    back();
  });
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.textContent = words.removed.replace("{n}", number);
  inside.append(said, " · ", button);
  row.replaceWith(line);
}
