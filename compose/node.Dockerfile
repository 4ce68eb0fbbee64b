# A node, and the registry, in a container. Sessions run in it as the user `fleet`.
#   FLEET_BASE_IMAGE   where it runs: Debian with Node
#   FLEET_BUILD_IMAGE  where it is built: the same Node with python3, make and g++
#   FLEET_PREBUILT     not empty: the context has node_modules and dist of this very Node already (see stand-ins.mjs)
ARG FLEET_BASE_IMAGE=node:22-bookworm-slim
ARG FLEET_BUILD_IMAGE=node:22-bookworm

FROM ${FLEET_BUILD_IMAGE} AS build
ARG FLEET_PREBUILT=
WORKDIR /build
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY node-agent/package.json node-agent/
COPY fleet-cli/package.json fleet-cli/
COPY fleet-cli/bin fleet-cli/bin
RUN [ -n "$FLEET_PREBUILT" ] || npm ci --no-audit --no-fund
COPY . .
RUN [ -n "$FLEET_PREBUILT" ] || node scripts/build.mjs

FROM ${FLEET_BASE_IMAGE}
RUN useradd --create-home --shell /bin/bash fleet && install --directory --owner fleet --group fleet --mode 0700 /var/lib/fleet
WORKDIR /opt/fleetwire
COPY --from=build /build/node_modules/bindings node_modules/bindings
COPY --from=build /build/node_modules/file-uri-to-path node_modules/file-uri-to-path
COPY --from=build /build/node_modules/better-sqlite3/package.json node_modules/better-sqlite3/
COPY --from=build /build/node_modules/better-sqlite3/lib node_modules/better-sqlite3/lib
COPY --from=build /build/node_modules/better-sqlite3/build/Release/better_sqlite3.node node_modules/better-sqlite3/build/Release/
COPY --from=build /build/node_modules/node-pty/package.json node_modules/node-pty/
COPY --from=build /build/node_modules/node-pty/lib node_modules/node-pty/lib
COPY --from=build /build/node_modules/node-pty/build/Release/pty.node node_modules/node-pty/build/Release/
COPY --from=build /build/node-agent/package.json node-agent/
COPY --from=build /build/node-agent/dist node-agent/dist
COPY --from=build /build/fleet-cli/package.json fleet-cli/
COPY --from=build /build/fleet-cli/bin fleet-cli/bin
COPY --from=build /build/fleet-cli/dist fleet-cli/dist
COPY --from=build /build/compose/container-node.mjs compose/
RUN ln -s /opt/fleetwire/fleet-cli/bin/fleet.js /usr/local/bin/fleet
ENV SHELL=/bin/bash LANG=C.UTF-8 FLEET_LISTEN=0.0.0.0:9100 FLEET_GATEWAY=0
USER fleet
WORKDIR /home/fleet
ENTRYPOINT ["node", "/opt/fleetwire/compose/container-node.mjs"]
