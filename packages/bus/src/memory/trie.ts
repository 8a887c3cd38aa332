/** Subscriptions by subject filter, found by subject. */
interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Filters that end here. */
  readonly here: Set<T>;
  /** Filters that end here with `>`. */
  readonly rest: Set<T>;
}

const createNode = <T>(): Node<T> => ({ children: new Map(), here: new Set(), rest: new Set() });

const isEmpty = <T>(node: Node<T>): boolean => node.children.size === 0 && node.here.size === 0 && node.rest.size === 0;

export class SubjectTrie<T> {
  private readonly root = createNode<T>();

  add(filter: string, value: T): void {
    let node = this.root;
    for (const token of filter.split('.')) {
      if (token === '>') {
        node.rest.add(value);
        return;
      }
      let child = node.children.get(token);
      if (child === undefined) {
        child = createNode<T>();
        node.children.set(token, child);
      }
      node = child;
    }
    node.here.add(value);
  }

  remove(filter: string, value: T): void {
    this.removeBelow(this.root, filter.split('.'), 0, value);
  }

  /** Every value whose filter matches, in no set order. */
  find(subject: string): T[] {
    const found: T[] = [];
    this.collect(this.root, subject.split('.'), 0, found);
    return found;
  }

  /** Whether any filter matches: nothing is made for the answer, for most subjects of events nobody asks twice. */
  has(subject: string): boolean {
    return this.matches(this.root, subject, 0);
  }

  private matches(node: Node<T>, subject: string, from: number): boolean {
    if (from > subject.length) return node.here.size > 0;
    if (node.rest.size > 0) return true;
    if (node.children.size === 0) return false;
    const dot = subject.indexOf('.', from);
    const end = dot < 0 ? subject.length : dot;
    const exact = node.children.get(subject.slice(from, end));
    if (exact !== undefined && this.matches(exact, subject, end + 1)) return true;
    const star = node.children.get('*');
    return star !== undefined && this.matches(star, subject, end + 1);
  }

  private collect(node: Node<T>, tokens: readonly string[], depth: number, found: T[]): void {
    const token = tokens[depth];
    if (token === undefined) {
      found.push(...node.here);
      return;
    }
    found.push(...node.rest);
    const exact = node.children.get(token);
    if (exact !== undefined) this.collect(exact, tokens, depth + 1, found);
    const star = node.children.get('*');
    if (star !== undefined) this.collect(star, tokens, depth + 1, found);
  }

  /** Removes and prunes: a long-lived broker must not keep a branch for every subject it ever saw. */
  private removeBelow(node: Node<T>, tokens: readonly string[], depth: number, value: T): void {
    const token = tokens[depth];
    if (token === undefined) {
      node.here.delete(value);
    } else if (token === '>') {
      node.rest.delete(value);
    } else {
      const child = node.children.get(token);
      if (child === undefined) return;
      this.removeBelow(child, tokens, depth + 1, value);
      if (isEmpty(child)) node.children.delete(token);
    }
  }
}
