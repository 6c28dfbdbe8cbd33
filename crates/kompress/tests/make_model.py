"""Makes a model of Kompress' architecture with random weights: ModernBERT, a token head and a span head.

    python -m venv venv && venv/bin/pip install torch transformers onnx onnxscript onnxruntime tokenizers
    venv/bin/python crates/kompress/tests/make_model.py crates/kompress/tests/fixtures/modernbert

Without --size it is the small one the tests use; `--size base` has the size of the real one, for measuring.
Inputs are `input_ids` and `attention_mask`, int64 [batch, seq]; the output is `final_scores`, float [batch, seq]:
P(keep) x (0.5 + 0.5 x span). Weights are quantised to INT8, activations dynamically.
"""

import argparse
import pathlib

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import ModernBertConfig, ModernBertModel

SPECIALS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
WORDS = """the a of and to in is was for with on as by at from that this it be are not which their has had
lighthouse keeper lamp oil harbour storm council vote bridge river town winter summer bank loan budget meeting
agreed decided moved opened closed built repaired because although however therefore about after before between
and so on in order that what is written here is read by nobody but a test""".split()


class Kompress(torch.nn.Module):
    """The encoder and its two heads."""

    def __init__(self, config, span):
        super().__init__()
        self.encoder = ModernBertModel(config)
        self.token_head = torch.nn.Linear(config.hidden_size, 2)
        self.span_head = torch.nn.Sequential(
            torch.nn.Conv1d(config.hidden_size, span, 5, padding=2),
            torch.nn.GELU(),
            torch.nn.Conv1d(span, 1, 3, padding=1),
            torch.nn.Sigmoid(),
        )

    def forward(self, input_ids, attention_mask):
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        keep = torch.softmax(self.token_head(hidden), dim=-1)[..., 1]
        span = self.span_head(hidden.transpose(1, 2)).squeeze(1)
        return keep * (0.5 + 0.5 * span)


def tokenizer():
    """Byte-level BPE as ModernBERT's, learnt from a few words: most text falls into short pieces."""
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([" ".join(WORDS)] * 4, trainer)
    pair = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=pair)
    return made


def config(size, vocabulary):
    sizes = dict(vocab_size=vocabulary, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2)
    if size == "base":
        sizes = {}
    return ModernBertConfig(
        **sizes, max_position_embeddings=512, local_attention=16 if size == "tiny" else 128,
        attn_implementation="eager", reference_compile=False,
        **(dict(pad_token_id=3, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2) if size == "tiny" else {}),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", choices=["tiny", "base"], default="tiny")
    arguments = parser.parse_args()
    torch.manual_seed(7)
    made = tokenizer()
    model = Kompress(config(arguments.size, made.get_vocab_size()), 16 if arguments.size == "tiny" else 256).eval()
    with torch.no_grad():
        # Random heads say about one half of everything; wider ones tell words apart.
        model.token_head.weight.mul_(20)
    arguments.folder.joinpath("onnx").mkdir(parents=True, exist_ok=True)
    full = arguments.folder / "onnx" / "full.onnx"
    ids = torch.randint(5, made.get_vocab_size(), (2, 40))
    batch, sequence = torch.export.Dim("batch"), torch.export.Dim("seq")
    shape = {0: batch, 1: sequence}
    torch.onnx.export(
        model, (ids, torch.ones_like(ids)), str(full), input_names=["input_ids", "attention_mask"],
        output_names=["final_scores"], dynamic_shapes=(shape, shape), opset_version=18, dynamo=True, external_data=False,
    )
    small = arguments.folder / "onnx" / "kompress-int8.onnx"
    quantize_dynamic(str(full), str(small), weight_type=QuantType.QInt8)
    full.unlink()
    lean = onnx.load(str(small))
    del lean.graph.value_info[:]
    for node in lean.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(lean, str(small))
    made.save(str(arguments.folder / "tokenizer.json"))
    print(f"{small}: {small.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
