export interface Platform {
  readonly id: 'mobile' | 'web' | 'desktop' | 'terminal' | 'service' | 'bot';
  readonly name: string;
  readonly words: RegExp;
  /** What the screens are designed for first. */
  readonly approach: 'mobile_first' | 'desktop_primary' | 'text_first';
  readonly client: { readonly choice: string; readonly reason: string; readonly instead: string };
}

/** The first whose words the idea holds; `web` when none does. */
export const PLATFORMS: readonly Platform[] = [
  {
    id: 'terminal',
    name: 'command-line tool',
    words: /\b(cli|command[- ]line|terminal|shell)\b/i,
    approach: 'text_first',
    client: {
      choice: 'Node.js with commander',
      reason: 'one file to install, runs everywhere',
      instead: 'Go, one binary',
    },
  },
  {
    id: 'bot',
    name: 'chat bot',
    words: /\b(chat ?bots?|bots?)\b/i,
    approach: 'text_first',
    client: {
      choice: 'a webhook for the messenger',
      reason: 'nothing to install for people',
      instead: 'a widget in a page',
    },
  },
  {
    id: 'mobile',
    name: 'mobile app',
    words: /\b(mobile|phones?|ios|android)\b|(?<!web |web-)\bapps?\b/i,
    approach: 'mobile_first',
    client: {
      choice: 'React Native with Expo',
      reason: 'one code base for both stores',
      instead: 'Flutter, native apps',
    },
  },
  {
    id: 'desktop',
    name: 'desktop application',
    words: /\b(desktop|windows|macos)\b/i,
    approach: 'desktop_primary',
    client: { choice: 'Tauri', reason: 'small, and the interface is a web page', instead: 'Electron' },
  },
  {
    id: 'service',
    name: 'service',
    words: /\b(api|back-?end|micro-?service|library|sdk)\b/i,
    approach: 'text_first',
    client: {
      choice: 'a generated client from OpenAPI',
      reason: 'callers and server cannot drift apart',
      instead: 'hand-written clients',
    },
  },
  {
    id: 'web',
    name: 'web application',
    words: /./,
    approach: 'mobile_first',
    client: {
      choice: 'React with Vite',
      reason: 'known by most people one can hire',
      instead: 'SvelteKit, plain HTML with htmx',
    },
  },
];

export function platformOf(text: string): Platform {
  const [first] = PLATFORMS.filter(({ words }) => words.test(text));
  return first ?? (PLATFORMS.at(-1) as Platform);
}
