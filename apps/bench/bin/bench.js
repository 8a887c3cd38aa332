#!/usr/bin/env node
import { runApp } from '../../cli/bin/entry.js';

await runApp(import.meta.url);
