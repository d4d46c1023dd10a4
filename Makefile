# make run 与 make test 会自己准备好 .venv/；其他目标见 make help。
SHELL := /bin/sh
BIN := .venv/bin
RUN := .venv/.ready-to-run
DEV := .venv/.ready-to-develop
PO := $(wildcard translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
# T= one test or folder, e.g. make test T=tests/test_house.py
T ?=

.PHONY: help run test check fuzz bench faults translations picture lock clean
.DEFAULT_GOAL := help

help: ## 显示本说明
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN) $(MO) ## 准备好所需的一切，装入示例县，在 http://127.0.0.1:8000 提供服务
	@exec $(BIN)/workflow-app serve --demo

test: $(DEV) $(MO) ## 准备好所需的一切并运行全部测试（T=路径 只运行其中一部分）
	$(BIN)/python -m pytest $(if $(T),$(T),-n 3 --dist worksteal)

check: $(DEV) $(MO) ## 代码检查：格式、类型、导入规则、样式与脚本、流程定义、未翻译的文字
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/biome check --error-on-warnings
	$(BIN)/python -m pytest -q tests/test_house.py tests/web/test_assets.py
	$(BIN)/workflow-app workflow check
	$(BIN)/python tools/translations.py check

fuzz: $(DEV) $(MO) ## 按接口说明成批地造请求，核对每个答复（每次都不同，约十分钟）
	API_EXAMPLES=100 $(BIN)/python -m pytest -q tests/api/test_description.py

bench: $(DEV) $(MO) ## 测量速度（结果只能在同一次运行里比较）
	$(BIN)/python -m bench

faults: $(DEV) $(MO) ## 反复杀死服务、同一瞬间操作、时钟跳动、在使用中备份（约一小时；ONLY=pairs 只做一种）
	$(BIN)/python -m tests.faults --full $(if $(ONLY),--only $(ONLY))

translations: $(DEV) ## 把新的界面文字收进 translations/*/LC_MESSAGES/messages.po
	$(BIN)/python tools/translations.py update

picture: $(DEV) ## 画出各个包和它们的引用关系（docs/development/packages.svg），列出各包的行数
	$(BIN)/python tools/packages.py

lock: ## 重新生成两个锁文件（需要 uv）
	uv pip compile pyproject.toml --extra build --extra dev -o requirements-dev.lock $(LOCK_OPTIONS)
	uv pip compile pyproject.toml --extra build -c requirements-dev.lock -o requirements.lock $(LOCK_OPTIONS)

# No host names in a lock: what is installed is fixed by hashes, from where is up to the machine.
LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

clean: ## 删除 .venv/ 和各种缓存（不动 var/ 里的数据）
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info $(MO)

$(RUN): requirements.lock pyproject.toml tools/setup
	@tools/setup requirements.lock $@

$(DEV): requirements-dev.lock pyproject.toml tools/setup
	@tools/setup requirements-dev.lock $@
	@touch $(RUN)

%.mo: %.po | $(RUN)
	@$(BIN)/pybabel --quiet compile -i $< -o $@
