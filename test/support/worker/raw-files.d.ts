/** Vite hands the text of a file to `import text from './file?raw'`. */
declare module '*?raw' {
  const text: string
  export default text
}
