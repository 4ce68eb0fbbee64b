import { directToken } from "@fleetwire/shared/bus";
import { handler } from "../handler.ts";

export const handleDirectToken = handler(directToken, async (input, { services }) => services.tokens.run(input));
