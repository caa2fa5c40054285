// Prints the package.json of the package that carries the server for a system, as in "linux-x64".

const [system, version] = process.argv.slice(2);
const [os, cpu] = system.split("-");
const manifest = {
  name: `@tradeforge/server-${system}`,
  version,
  description: `The TradeForge server for ${os} on ${cpu}; install tradeforge instead`,
  license: "MIT OR Apache-2.0",
  os: [os],
  cpu: [cpu],
  files: ["tradeforge"],
  exports: { "./tradeforge": "./tradeforge", "./package.json": "./package.json" },
};
console.log(JSON.stringify(manifest, undefined, 2));
