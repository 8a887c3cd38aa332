/** Roles a node may offer. Barriers live with their workflows, on supervisor nodes. */
export const ROLES = ['supervisor', 'context', 'resources'] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (word: string): word is Role => (ROLES as readonly string[]).includes(word);
