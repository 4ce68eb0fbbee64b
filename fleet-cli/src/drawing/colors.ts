// The colours of a drawn terminal: its own two, and the palette of 256 as xterm counts it.
import type { ScreenColor } from "@fleetwire/shared/domain";

export const FOREGROUND = "#d4d4d4";
export const BACKGROUND = "#1e1e1e";

const FIRST_16 = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5", "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"];
const CUBE = [0, 95, 135, 175, 215, 255];

/** @returns `#rrggbb` */
export function rgbOf(color: ScreenColor): string {
  if (typeof color === "string") return color;
  const plain = FIRST_16[color];
  if (plain !== undefined) return plain;
  if (color >= 232) return hex([8, 8, 8].map((least) => least + 10 * (color - 232)));
  const at = color - 16;
  return hex([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((level) => CUBE[level] ?? 0));
}

const hex = (levels: readonly number[]): string => `#${levels.map((level) => level.toString(16).padStart(2, "0")).join("")}`;
