#!/usr/bin/env node
import { runApp } from './entry.js';

await runApp(import.meta.url);
