export { drawSvg } from "./svg.ts";
