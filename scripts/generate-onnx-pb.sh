#!/usr/bin/env bash
# Generates src/onnx/onnx_pb.ts from src/onnx/onnx.proto. The tools are fetched at pinned versions, not installed.
set -euo pipefail
cd "$(dirname "$0")/../src/onnx"

npx --yes --package=@bufbuild/buf@1.75.0 --package=@bufbuild/protoc-gen-es@2.10.0 -- \
  buf generate onnx.proto --template '{
    "version": "v2",
    "plugins": [{ "local": "protoc-gen-es", "out": ".", "opt": ["target=ts", "import_extension=ts"] }]
  }'
