declare module "*?bundle" {
  const source: string;
  export default source;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare var rnnbookPredict: (mount: HTMLElement) => void;
