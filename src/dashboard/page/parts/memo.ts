import { Component, type ComponentChild, type ComponentType, createElement } from 'preact'

/** Renders again only when a property or a signal that it reads has changed. */
export function memo<P extends object>(inner: (props: P) => ComponentChild): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof P>
      return [...names].some((name) => name !== 'children' && next[name] !== this.props[name])
    }
    render(props: P) {
      return createElement(inner as ComponentType<P>, props)
    }
  }
}
