// An image that boots systemd, for the proof of the service files. Prints its tag. Needs root, debootstrap and a Docker engine.
import { debianImage } from "./debian-image.mjs";

process.stdout.write(`${await debianImage("fleetwire-systemd", ["systemd", "systemd-sysv", "dbus", "libpam-systemd", "dbus-user-session", "nats-server", "caddy", "libstdc++6", "procps"])}\n`);
