export { default } from "./doctor.ts";
