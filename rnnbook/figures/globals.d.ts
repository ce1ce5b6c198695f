declare module "*.css" {
  const text: string;
  export default text;
}

declare var rnnbookPredict: (mount: HTMLElement) => void;
