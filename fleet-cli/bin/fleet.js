#!/usr/bin/env node
require("../dist/fleet.js");
