declare module "*?bundle" {
  const source: string;
  export default source;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare var rnnbookPredict: (mount: HTMLElement) => void;

/** Voilà's application: what of it a page may lean on. */
declare var jupyterapp:
  | {
      widgetManagerPromise: {
        promise: Promise<{
          get_model: (id: string) => Promise<object>;
          create_view: (model: object) => Promise<{ el: HTMLElement }>;
        }>;
      };
    }
  | undefined;
