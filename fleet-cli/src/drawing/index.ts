export { BACKGROUND, FOREGROUND, rgbOf } from "./colors.ts";
export { drawSvg } from "./svg.ts";
