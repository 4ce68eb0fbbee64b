export { OutputNeutraliser, sequenceLength, stripEscapes } from "./neutraliser.ts";
export { shownText, withMarks } from "./shown.ts";
export { takePlain, type PlainPiece } from "./take-plain.ts";
