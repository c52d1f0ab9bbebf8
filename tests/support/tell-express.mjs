// Loaded before Purser (node --import): says how its Express works, at the first request.
import express from 'express'

const { handle } = express.application
express.application.handle = function (...words) {
  express.application.handle = handle
  console.log(`express: ${this.get('env')}, ${this.enabled('view cache') ? 'keeps' : 'reads'} templates`)
  return handle.apply(this, words)
}
