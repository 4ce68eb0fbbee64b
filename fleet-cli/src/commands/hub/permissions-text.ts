// A role's permissions in the words of those who enforce them.
import { POOLED_ROLES, type Permissions, type Role } from "@fleetwire/shared/bus";

/** How long a node may take to answer (a kill with a grace of a minute). */
const ANSWER = "2m";
const SELF = "{{subject()}}";
const NOBODY_YET = "USER_PUBLIC_KEY";

export function plainText({ publish, subscribe, responses }: Permissions): string {
  return ["publish", ...publish.map((subject) => `  ${subject}`), "subscribe", ...subscribe.map((subject) => `  ${subject}`), ...(responses === 0 ? [] : [`answers each request ${responses === 1 ? "once" : `${responses} times`}, within ${ANSWER}`])].join("\n");
}

/** One command of nsc; the account's name is the reader's. */
export function nscText({ role, pool }: { role: Role; pool: string }, { publish, subscribe, responses, subscriptions, payloadBytes }: Permissions): string {
  const name = POOLED_ROLES.includes(role) ? `${role}-${pool}` : role;
  const answers = responses === 0 ? [] : [`--allow-pub-response=${responses} --response-ttl ${ANSWER}`];
  return [
    `nsc edit signing-key --account FLEET --sk generate --role ${name}`,
    ...publish.map((subject) => `--allow-pub '${subject}'`),
    ...subscribe.map((subject) => `--allow-sub '${subject}'`),
    ...answers,
    `--subs ${subscriptions} --payload ${payloadBytes} --conn-type STANDARD`,
  ].join(" \\\n  ");
}

/** One entry of `users`. A static configuration fills nothing in: the user's key stands in it. */
export function confText({ publish, subscribe, responses }: Permissions, key: string = NOBODY_YET): string {
  const list = (subjects: readonly string[]) => `[\n${subjects.map((subject) => `      ${JSON.stringify(subject.replaceAll(SELF, key))}`).join("\n")}\n    ]`;
  return [
    "{",
    `  nkey: ${key}`,
    "  permissions: {",
    `    publish: ${list(publish)}`,
    `    subscribe: ${list(subscribe)}`,
    ...(responses === 0 ? [] : [`    allow_responses: { max: ${responses}, expires: "${ANSWER}" }`]),
    "  }",
    "}",
  ].join("\n");
}
