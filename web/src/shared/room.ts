import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Whose words the page needs; loaded before it is shown. */
    room?: string
    /** The page asks questions of analysis: it needs their words too. */
    asks?: boolean
    /** The page builds or tells conditions: it needs their words too. */
    conditions?: boolean
    /** Key of the page title in the shared words. */
    title?: string
    public?: boolean
  }
}

/** What a room gives the shell: its pages and, when it has one, its place in the menu. */
export interface Room {
  name: string
  routes: RouteRecordRaw[]
  menu?: { order: number; title: string; icon: Component; to: string; match: string[] }
}
