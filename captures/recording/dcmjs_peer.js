// dcmjs-dimse as a peer:
//   node dcmjs_peer.js scu PORT CALLING CALLED '[["echo"], ["store", FILE], ...]'
//   node dcmjs_peer.js scp PORT
'use strict';

const dimse = require('dcmjs-dimse');
const { Client, Dataset, Scp, Server } = dimse;
const { CEchoRequest, CFindRequest, CStoreRequest, NCreateRequest, NSetRequest } = dimse.requests;
const { CEchoResponse, CFindResponse, CStoreResponse } = dimse.responses;
const { PresentationContextResult, SopClass, Status, StorageClass, TransferSyntax } =
  dimse.constants;

const MAKERS = {
  echo: () => new CEchoRequest(),
  store: (file) => new CStoreRequest(file),
  find: (keys) => CFindRequest.createStudyFindRequest(keys),
  create: (sopClass, instance, elements) =>
    withDataset(new NCreateRequest(sopClass, instance), elements),
  set: (sopClass, instance, elements) => withDataset(new NSetRequest(sopClass, instance), elements),
};

function withDataset(request, elements) {
  request.setDataset(new Dataset(elements));
  return request;
}

function runScu(port, calling, called, wishes) {
  const client = new Client();
  for (const [kind, ...parameters] of JSON.parse(wishes)) {
    client.addRequest(MAKERS[kind](...parameters));
  }
  client.on('networkError', (error) => {
    console.error(error);
    process.exit(1);
  });
  client.send('127.0.0.1', Number(port), calling, called);
}

class Archive extends Scp {
  associationRequested(association) {
    const known = [
      SopClass.Verification,
      SopClass.StudyRootQueryRetrieveInformationModelFind,
      StorageClass.CtImageStorage,
    ];
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      if (known.includes(context.getAbstractSyntaxUid())) {
        context.setResult(PresentationContextResult.Accept, TransferSyntax.ImplicitVRLittleEndian);
      } else {
        context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
      }
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, callback) {
    callback(succeeded(CEchoResponse.fromRequest(request)));
  }

  cStoreRequest(request, callback) {
    callback(succeeded(CStoreResponse.fromRequest(request)));
  }

  cFindRequest(request, callback) {
    const answers = [1, 2, 3].map((number) => {
      const answer = CFindResponse.fromRequest(request);
      answer.setDataset(
        new Dataset({ PatientID: `EX00${number}`, PatientName: `Example^Patient ${number}` })
      );
      answer.setStatus(Status.Pending);
      return answer;
    });
    callback([...answers, succeeded(CFindResponse.fromRequest(request))]);
  }

  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

function succeeded(response) {
  response.setStatus(Status.Success);
  return response;
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'scp') {
  new Server(Archive).listen(Number(rest[0]));
} else {
  runScu(...rest);
}
