/**
 * A map that is made when somebody looks into it: most of what is noted about a request nobody ever reads.
 *
 * @since 0.1.0
 */
export class LazyMap<K, V> implements ReadonlyMap<K, V> {
  private made: ReadonlyMap<K, V> | undefined = undefined
  private readonly make: () => ReadonlyMap<K, V>

  /** `make`: what it comes to must not depend on when it is called. */
  constructor(make: () => ReadonlyMap<K, V>) {
    this.make = make
  }

  private get map(): ReadonlyMap<K, V> {
    return this.made ??= this.make()
  }

  get size(): number {
    return this.map.size
  }

  get(key: K): V | undefined {
    return this.map.get(key)
  }

  has(key: K): boolean {
    return this.map.has(key)
  }

  forEach(f: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    this.map.forEach((value, key) => f(value, key, this))
  }

  keys(): MapIterator<K> {
    return this.map.keys()
  }

  values(): MapIterator<V> {
    return this.map.values()
  }

  entries(): MapIterator<[K, V]> {
    return this.map.entries()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.map[Symbol.iterator]()
  }
}
