export { watchAgentRules } from "./agent-rules.ts";
