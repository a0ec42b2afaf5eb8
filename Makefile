# Everything starts here; `make help` lists what there is.
SHELL := /bin/bash
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PYTHON_SOURCES := bulletins wuxiao_bulletin tests bench scripts manage.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-sqlite test-postgres lint format bench bench-printing bench-site bench-search bench-load screenshots gallery pins wheels image-bundle clean

help: ## 列出可用的命令
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 22

$(VENV)/.runtime: requirements.txt scripts/system_packages.sh $(wildcard wuxiao_bulletin/locale/zh_Hans/LC_MESSAGES/*.po)
	scripts/system_packages.sh run
	[ -x $(BIN)/python ] || "$$(scripts/find_python.sh)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python scripts/compile_catalogue.py
	touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.txt
	scripts/system_packages.sh test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

setup: $(VENV)/.development ## 安装运行和开发所需的一切

demo: $(VENV)/.runtime ## 载入样例简报并在 http://127.0.0.1:8000 启动（PORT=… 可改端口）
	@$(BIN)/python scripts/port_is_free.py $(PORT)
	$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_demo
	@echo "网址 http://127.0.0.1:$(PORT)/ （按 Ctrl+C 停止）"
	@LOG_LEVEL=$${LOG_LEVEL:-WARNING} $(BIN)/gunicorn --config scripts/gunicorn_settings.py --bind 127.0.0.1:$(PORT) wuxiao_bulletin.wsgi

test: $(VENV)/.development ## 在 SQLite 和 PostgreSQL 上各跑一遍全部测试，两边同时
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-sqlite test-postgres

test-sqlite: $(VENV)/.development
	$(BIN)/python -m pytest --quiet

test-postgres: $(VENV)/.development
	$(BIN)/python scripts/with_postgres.py $(BIN)/python -m pytest --quiet

lint: $(VENV)/.development ## 检查代码、类型、模板、分层和迁移
	$(BIN)/ruff check $(PYTHON_SOURCES)
	$(BIN)/ruff format --check $(PYTHON_SOURCES)
	$(BIN)/mypy $(PYTHON_SOURCES)
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files -co --exclude-standard 'templates/**.html')
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/check_trust.py
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python scripts/audit_dependencies.py

format: $(VENV)/.development ## 按约定重排代码和模板
	$(BIN)/ruff check --fix $(PYTHON_SOURCES)
	$(BIN)/ruff format $(PYTHON_SOURCES)
	-$(BIN)/djade --target-version 5.2 $$(git ls-files -co --exclude-standard 'templates/**.html')

bench: bench-printing bench-site bench-search bench-load ## 下面四项测速，一项接一项（约一个半小时，机器须空闲）

bench-printing: $(VENV)/.development ## 测量排印的快慢和内存，与 Chromium 对比，以及预览（约四分钟，机器须空闲）
	@$(BIN)/python -m bench.rendering
	@$(BIN)/python -m bench.preview

bench-site: $(VENV)/.development ## 测量公开网页的快慢：10、1000、10000期（需要 wrk 和 nginx，约半小时，机器须空闲）
	@$(BIN)/python -m bench.site

bench-search: $(VENV)/.development ## 在十二万篇文章上测量检索的快慢，并与逐篇查找对比（约二十分钟，机器须空闲）
	@$(BIN)/python -m bench.search

bench-load: $(VENV)/.development ## 五十名读者、五名编辑、一名发行同时使用，再加上各种崩溃，核对什么也没有丢（约六分钟，机器须空闲）
	@$(BIN)/python -m bench.load

screenshots: $(VENV)/.development ## 重拍使用手册的图片（docs/images/manual），拍完请逐张看一看
	$(BIN)/python scripts/screenshots.py

gallery: $(VENV)/.development ## 重绘 docs/images 里的样张
	$(BIN)/python scripts/gallery.py

pins: $(VENV)/.development ## 按 pyproject.toml 重新锁定依赖
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras $(UPGRADE) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras $(UPGRADE) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras $(UPGRADE) --extra s3 -c requirements.txt pyproject.toml -o requirements-s3.txt

wheels: ## 下载锁定的软件包到 var/wheels，供没有互联网的服务器安装
	mkdir -p var/wheels
	$$(scripts/find_python.sh) -m pip download --quiet --disable-pip-version-check --require-hashes -r requirements.txt -d var/wheels

image-bundle: ## 构建镜像并打包到 var/bundle，带到没有互联网的服务器上载入
	scripts/server/image_bundle.sh var/bundle

clean: ## 删除虚拟环境（不动 var/ 里的数据）
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
