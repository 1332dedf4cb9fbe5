// Lint rules of this repository that no published plugin has.

const bannedWords = ['service', 'manager', 'helper', 'helpers', 'util', 'utils', 'common', 'base', 'misc'];
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))*$/u;

const fileName = {
  meta: { type: 'suggestion', schema: [], docs: { description: 'kebab-case file names that say what is inside' } },
  create(context) {
    const name = context.filename.split(/[\\/]/u).at(-1) ?? '';
    const stem = name.replace(/\.(ts|js|mjs|cjs)$/u, '');
    return {
      Program(node) {
        const loc = node.loc;
        if (!kebabCase.test(stem.replace(/^\./u, ''))) {
          context.report({ loc, message: `File name "${name}" is not kebab-case.` });
        }
        const banned = stem.split(/[.-]/u).find((word) => bannedWords.includes(word));
        if (banned !== undefined) {
          context.report({ loc, message: `File name "${name}" holds "${banned}", which says nothing.` });
        }
        if (stem === 'index') {
          context.report({ loc, message: 'No index files: import the module that declares the name.' });
        }
      },
    };
  },
};

const typeName = {
  meta: { type: 'suggestion', schema: [], docs: { description: 'class, interface and type names without filler' } },
  create(context) {
    const check = (node) => {
      const name = node.id?.name ?? '';
      const banned = /(Service|Manager|Helper|Util|Utils|Common)$|^(Base|Common)[A-Z]/u.exec(name)?.[0];
      if (banned !== undefined) {
        context.report({ node: node.id, message: `"${name}": name what it is, not "${banned}".` });
      }
      if (/^I[A-Z][a-z]/u.test(name)) {
        context.report({ node: node.id, message: `"${name}": no I-prefix.` });
      }
    };
    return { ClassDeclaration: check, TSInterfaceDeclaration: check, TSTypeAliasDeclaration: check };
  },
};

const isPort = (declaration) =>
  declaration.type === 'TSInterfaceDeclaration' &&
  declaration.body.body.some(
    (member) => member.type === 'TSMethodSignature' || member.typeAnnotation?.typeAnnotation?.type === 'TSFunctionType',
  );

const exportDocstring = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'object', properties: { only: { const: 'ports' } }, additionalProperties: false }],
    docs: { description: 'a docstring on every export, or on every exported interface with methods' },
  },
  create(context) {
    const onlyPorts = context.options[0]?.only === 'ports';
    const described = new Set();
    return {
      'Program > ExportNamedDeclaration[declaration!=null]'(node) {
        if (onlyPorts && !isPort(node.declaration)) return;
        const name = node.declaration.id?.name ?? node.declaration.declarations?.[0]?.id?.name ?? 'export';
        const before = context.sourceCode.getCommentsBefore(node).at(-1);
        const hasDocstring = before?.type === 'Block' && before.value.startsWith('*');
        // The overloads of one function, or a type and the value of the same name, share one docstring.
        if (hasDocstring || described.has(name)) {
          described.add(name);
          return;
        }
        context.report({ node, message: `"${name}" has no docstring: units, limits, absence, errors, spec section.` });
      },
    };
  },
};

export const gatehouse = {
  meta: { name: 'gatehouse' },
  rules: { 'file-name': fileName, 'type-name': typeName, 'export-docstring': exportDocstring },
};
