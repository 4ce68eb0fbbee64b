// Colours that a program sets (OSC 4, 10–12) and puts back (OSC 104, 110–112): asked afterwards, it is told those.
import { parseColor, type Colors, type Dynamic } from "./colors.ts";

/** @param text of an OSC, whatever it is about */
export function setColors(text: string, colors: Colors): void {
  const [number = "", ...values] = text.split(";");
  switch (number) {
    case "4":
      for (let at = 0; at + 1 < values.length; at += 2) setPalette(values[at] ?? "", values[at + 1] ?? "", colors);
      return;
    case "10":
    case "11":
    case "12":
      for (const [at, value] of values.entries()) setDynamic(Number(number) + at, value, colors);
      return;
    case "104":
      if (values.length === 0 || values[0] === "") colors.resetPalette();
      else for (const value of values) colors.resetPalette(Number(value));
      return;
    case "110":
    case "111":
    case "112":
      return colors.resetDynamic((Number(number) - 100) as Dynamic);
    default:
  }
}

function setPalette(index: string, value: string, colors: Colors): void {
  const color = /^\d{1,3}$/.test(index) && Number(index) < 256 ? parseColor(value) : undefined;
  if (color !== undefined) colors.setPalette(Number(index), color);
}

function setDynamic(number: number, value: string, colors: Colors): void {
  const color = number <= 12 ? parseColor(value) : undefined;
  if (color !== undefined) colors.setDynamic(number as Dynamic, color);
}
