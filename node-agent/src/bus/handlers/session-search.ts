import { sessionSearch } from "@fleetwire/shared/bus";
import { onlyOwn } from "../authorize.ts";
import { handler } from "../handler.ts";

export const handleSessionSearch = handler(sessionSearch, (input, { services, caller }) => services.sessions.search(input, onlyOwn(caller)));
